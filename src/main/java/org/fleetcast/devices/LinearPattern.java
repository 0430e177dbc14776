package org.fleetcast.devices;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;

/**
 * A regular expression for a text that may contain it anywhere. Its engine (RE2) never tries a text
 * twice, so that the work is at most the size of the pattern times the length of the text. It knows
 * no look-around and no back reference.
 */
public final class LinearPattern {
  /** {@code \\u0041}, which this engine writes in another way. */
  private static final java.util.regex.Pattern CODE_UNIT =
      java.util.regex.Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\u([0-9A-Fa-f]{4})");

  /** An escaped character, a class, a repetition by its largest number, or one character. */
  private static final java.util.regex.Pattern TOKEN =
      java.util.regex.Pattern.compile(
          "\\\\.|\\[\\^?]?(?:\\\\.|[^\\]\\\\])*+]|\\{(?:[0-9]{1,9},)?(?<times>[0-9]{1,9}),?}|.",
          java.util.regex.Pattern.DOTALL);

  private static final long MOST_WRITTEN = Integer.MAX_VALUE;

  private final Pattern pattern;

  private LinearPattern(Pattern pattern) {
    this.pattern = pattern;
  }

  /** The engine cannot use a pattern; the message says why, for whoever wrote it. */
  public static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    private Unusable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Reads a pattern. Ask for its {@linkplain #written size} first: one that is too large takes all
   * memory.
   *
   * @throws Unusable when it is none, or needs what this engine does not know
   */
  public static LinearPattern of(String regex) throws Unusable {
    try {
      return new LinearPattern(Pattern.compile(CODE_UNIT.matcher(regex).replaceAll("$1\\\\x{$2}")));
    } catch (PatternSyntaxException unknown) {
      String why = unknown.getDescription();
      throw new Unusable(why + "; there is no look-around and no back reference", unknown);
    }
  }

  /**
   * About how many characters a pattern has with its repetitions written out, as the engine does
   * before it looks how many those are.
   */
  public static long written(String regex) {
    Deque<Long> outer = new ArrayDeque<>();
    long before = 0; // in this group
    long last = 0; // what a repetition repeats
    Matcher token = TOKEN.matcher(regex);
    while (token.find()) {
      String text = token.group();
      if (text.equals("(")) {
        outer.push(before + last);
        before = 0;
        last = 0;
      } else if (text.equals(")")) {
        last += before + 1;
        before = outer.isEmpty() ? 0 : outer.pop();
      } else if (token.group("times") != null) {
        last = Math.min(MOST_WRITTEN, last * Math.max(1, Integer.parseInt(token.group("times"))));
      } else {
        before = Math.min(MOST_WRITTEN, before + last);
        last = 1;
      }
    }
    return before + last;
  }

  /** How many instructions it has. */
  public int size() {
    return pattern.programSize();
  }

  /** Whether a text contains what it describes. */
  public boolean finds(String text) {
    return pattern.matcher(text).find();
  }
}
