package org.fleetcast.sink;

/**
 * Takes terminal escape sequences out of a text.
 *
 * @param text what is left
 * @param sgr its colours, as {@code <offset>:<parameters>} with a blank between them: which
 *     parameters of SGR (<kbd>ESC [ … m</kbd>) apply from which UTF-16 unit of the text on; empty
 *     when it has none
 */
record Ansi(String text, String sgr) {
  private static final char ESC = '\u001b';
  private static final char BEL = '\u0007';

  /** The 8-bit form of {@code ESC [}. */
  private static final char CSI = '\u009b';

  /** The 8-bit form of {@code ESC \}, which ends a string. */
  private static final char ST = '\u009c';

  /** The 8-bit forms of what begins a string: DCS, SOS, OSC, PM, APC. */
  private static final String STRINGS = "\u0090\u0098\u009d\u009e\u009f";

  /** So much of a line's colours is kept; what comes after it shows as before. */
  private static final int MAX_SGR = 1_024;

  private static final int MAX_PARAMETERS = 64;

  /** The text without CSI, OSC, string and single-character sequences, 7-bit or 8-bit. */
  static Ansi strip(String text) {
    if (isPlain(text)) {
      return new Ansi(text, "");
    }
    StringBuilder plain = new StringBuilder(text.length());
    StringBuilder sgr = new StringBuilder();
    int lastEnd = lastStringEnd(text);
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == ESC) {
        boolean control = at + 1 < text.length() && text.charAt(at + 1) == '[';
        int end = afterEscape(text, at + 1, lastEnd);
        if (control) {
          addSgr(sgr, plain.length(), text.substring(at + 2, end));
        }
        at = end;
      } else if (c == CSI) {
        int end = afterControl(text, at + 1);
        addSgr(sgr, plain.length(), text.substring(at + 1, end));
        at = end;
      } else if (STRINGS.indexOf(c) >= 0) {
        at = afterString(text, at + 1, lastEnd);
      } else if (c == ST) {
        at++;
      } else {
        plain.append(c);
        at++;
      }
    }
    return new Ansi(plain.toString(), sgr.toString());
  }

  private static void addSgr(StringBuilder sgr, int offset, String sequence) {
    int last = sequence.length() - 1;
    if (last < 0
        || last > MAX_PARAMETERS
        || sequence.charAt(last) != 'm'
        || sgr.length() > MAX_SGR - MAX_PARAMETERS) {
      return;
    }
    for (int at = 0; at < last; at++) {
      char c = sequence.charAt(at);
      if ((c < '0' || c > '9') && c != ';' && c != ':') {
        return; // a private sequence that only ends like one
      }
    }
    sgr.append(sgr.isEmpty() ? "" : " ").append(offset).append(':').append(sequence, 0, last);
  }

  /** Most text is; every line comes by here, so it looks at ranges before it looks closer. */
  private static boolean isPlain(String text) {
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == ESC || (c >= '\u0080' && c <= '\u009f' && introduces(c))) {
        return false;
      }
    }
    return true;
  }

  private static boolean introduces(char c) {
    return c == CSI || c == ST || STRINGS.indexOf(c) >= 0;
  }

  private static int afterEscape(String text, int at, int lastEnd) {
    if (at >= text.length()) {
      return at;
    }
    return switch (text.charAt(at)) {
      case '[' -> afterControl(text, at + 1);
      case ']', 'P', 'X', '^', '_' -> afterString(text, at + 1, lastEnd);
      default -> afterSingle(text, at);
    };
  }

  /** Parameters, intermediates, one final character; a malformed sequence ends where it breaks. */
  private static int afterControl(String text, int start) {
    int at = start;
    while (at < text.length() && text.charAt(at) >= 0x20 && text.charAt(at) <= 0x3f) {
      at++;
    }
    boolean whole = at < text.length() && text.charAt(at) >= 0x40 && text.charAt(at) <= 0x7e;
    return whole ? at + 1 : at;
  }

  /**
   * Up to BEL, ST or {@code ESC \}. One without an end only loses its introducer, not the message.
   *
   * @param lastEnd where the last end of a string is: behind it none is looked for again and again
   */
  private static int afterString(String text, int start, int lastEnd) {
    for (int at = start; at <= lastEnd; at++) {
      if (text.charAt(at) == BEL || text.charAt(at) == ST) {
        return at + 1;
      }
      if (text.charAt(at) == ESC) {
        boolean end = at + 1 < text.length() && text.charAt(at + 1) == '\\';
        return end ? at + 2 : at;
      }
    }
    return start;
  }

  /** The last place that ends a string, or breaks it off; -1 for none. */
  private static int lastStringEnd(String text) {
    return Math.max(text.lastIndexOf(ESC), Math.max(text.lastIndexOf(BEL), text.lastIndexOf(ST)));
  }

  private static int afterSingle(String text, int start) {
    int at = start;
    while (at < text.length() && text.charAt(at) >= 0x20 && text.charAt(at) <= 0x2f) {
      at++;
    }
    boolean whole = at < text.length() && text.charAt(at) >= 0x30 && text.charAt(at) <= 0x7e;
    return whole ? at + 1 : at;
  }
}
