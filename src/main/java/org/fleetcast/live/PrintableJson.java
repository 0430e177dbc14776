package org.fleetcast.live;

/**
 * JSON that a terminal shows and line readers do not cut: what stands in no JSON outside of a
 * string, and is a command to the one (DEL and the C1 controls) or the end of a line to the others
 * (U+0085, U+2028, U+2029), is escaped. It reads the same.
 */
public final class PrintableJson {
  private PrintableJson() {}

  /** The same JSON. */
  public static String of(String json) {
    for (int at = 0; at < json.length(); at++) {
      if (isEscaped(json.charAt(at))) {
        return escaped(json, at);
      }
    }
    return json;
  }

  /** Whether it is a control character beyond those that JSON itself refuses, or ends a line. */
  private static boolean isEscaped(char c) {
    return c >= '\u007f' && (c <= '\u009f' || c == '\u2028' || c == '\u2029');
  }

  private static String escaped(String json, int first) {
    StringBuilder text = new StringBuilder(json.length() + 20).append(json, 0, first);
    for (int at = first; at < json.length(); at++) {
      char c = json.charAt(at);
      if (isEscaped(c)) {
        text.append("\\u%04x".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
