package org.fleetcast.command;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads a secret: typed without being shown, or from a pipe. */
final class SecretInput {
  /** More than any token has. */
  private static final int MOST = 64 * 1024;

  private SecretInput() {}

  /** Asks for it at a terminal; else takes all of stdin. */
  @SuppressWarnings("SystemConsoleNull") // from Java 22 on it is there, and reads the pipe too
  static String read(String prompt) throws Failure {
    Console console = System.console();
    if (console != null) {
      char[] typed = console.readPassword("%s", prompt);
      return typed == null ? "" : new String(typed).strip();
    }
    InputStream in = System.in;
    try {
      return new String(in.readNBytes(MOST), StandardCharsets.UTF_8).strip();
    } catch (IOException broken) {
      throw new Failure(Failure.Kind.REFUSED, "stdin cannot be read", broken);
    }
  }
}
