package org.fleetcast.problem;

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
    StringBuilder escaped = new StringBuilder(text.length());
    for (char c : text.toCharArray()) {
      if (c >= ' ' && c <= '~') {
        escaped.append(c);
      } else {
        escaped.append(String.format("\\u%04x", (int) c));
      }
    }
    return escaped.toString();
  }
}
