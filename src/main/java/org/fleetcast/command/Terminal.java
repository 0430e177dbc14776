package org.fleetcast.command;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.fleetcast.live.LogLevel;
import org.fleetcast.problem.LogText;
import picocli.CommandLine.Help.Ansi;

/**
 * Where a command speaks.
 *
 * @param out takes what was asked for
 * @param err takes everything else
 * @param coloured whether {@code out} is a terminal that wants colours
 */
record Terminal(PrintStream out, PrintStream err, boolean coloured) {
  private static final String PLAIN = "\u001b[0m";

  /** Those of this process, in UTF-8 whatever the locale: JSON is nothing else. */
  static Terminal ofProcess() {
    return new Terminal(
        stream(FileDescriptor.out), stream(FileDescriptor.err), Ansi.AUTO.enabled());
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor)), false, StandardCharsets.UTF_8);
  }

  /** Writes a line of what was asked for. */
  void line(String text) {
    out.print(text + '\n');
  }

  /** Says something beside it. */
  void tell(String sentence) {
    out.flush();
    err.print(safe(sentence) + '\n');
    err.flush();
  }

  /** Shows what was written until now; tells whether nobody reads it any more. */
  boolean isGone() {
    return out.checkError();
  }

  /** A text of somebody else, as it may be shown: its control characters are escaped. */
  static String safe(String text) {
    return LogText.escaped(text, c -> Character.isISOControl(c) || c == '\u2028' || c == '\u2029');
  }

  /** A line of that level in its colour. */
  String inColour(LogLevel level, String line) {
    String colour =
        switch (level) {
          case E -> "\u001b[31m";
          case W -> "\u001b[33m";
          case I -> "";
          case D, V -> "\u001b[2m";
        };
    return coloured && !colour.isEmpty() ? colour + line + PLAIN : line;
  }
}
