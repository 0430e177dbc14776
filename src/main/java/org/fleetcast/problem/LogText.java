package org.fleetcast.problem;

import java.util.function.IntPredicate;

/** What strangers sent, as it may stand in a line of the log. */
public final class LogText {
  private static final int LONGEST = 200;

  private LogText() {}

  /**
   * Printable ASCII of at most 200 characters; every other character is escaped as in JSON, so that
   * none begins a line of its own or moves a terminal's cursor.
   */
  public static String of(String text) {
    String escaped = ascii(text);
    return escaped.length() <= LONGEST ? escaped : escaped.substring(0, LONGEST) + "...";
  }

  /** All of a text, escaped alike. A JSON document stays the same document. */
  public static String ascii(String text) {
    return escaped(text, c -> c < ' ' || c > '~');
  }

  /** A text in which these characters are escaped as in JSON; the same object when it has none. */
  public static String escaped(String text, IntPredicate which) {
    StringBuilder escaped = null;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      boolean isEscaped = which.test(c);
      if (isEscaped && escaped == null) {
        escaped = new StringBuilder(text.length() + 20).append(text, 0, at);
      }
      if (escaped != null) {
        if (isEscaped) {
          escaped.append("\\u%04x".formatted((int) c));
        } else {
          escaped.append(c);
        }
      }
    }
    return escaped == null ? text : escaped.toString();
  }
}
