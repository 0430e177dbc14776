package org.fleetcast.live;

import org.fleetcast.problem.LogText;

/**
 * JSON that a terminal shows and line readers do not cut: what stands in no JSON outside of a
 * string, and is a command to the one (DEL and the C1 controls) or the end of a line to the others
 * (U+0085, U+2028, U+2029), is escaped. It reads the same.
 */
public final class PrintableJson {
  private PrintableJson() {}

  /** The same JSON. */
  public static String of(String json) {
    return LogText.escaped(json, PrintableJson::isEscaped);
  }

  /** Whether it is a control character beyond those that JSON itself refuses, or ends a line. */
  private static boolean isEscaped(int c) {
    return c >= '\u007f' && (c <= '\u009f' || c == '\u2028' || c == '\u2029');
  }
}
