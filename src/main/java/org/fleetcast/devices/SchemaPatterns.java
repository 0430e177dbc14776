package org.fleetcast.devices;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;

/**
 * The patterns of one schema, for one reading of it. Their engine never tries a text twice, so that
 * the work is at most the size of the pattern times the length of the text; what that comes to in
 * all is limited. It knows no look-around and no back reference.
 */
final class SchemaPatterns implements RegularExpressionFactory {
  private static final int LONGEST = 1_000;

  /** In instructions, of all patterns together, about: some megabytes. */
  private static final int LARGEST = 100_000;

  /** In instructions executed: about a second of a processor. */
  private static final long MOST_WORK = 100_000_000;

  /** {@code \\u0041}, which this engine writes in another way. */
  private static final java.util.regex.Pattern CODE_UNIT =
      java.util.regex.Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\u([0-9A-Fa-f]{4})");

  /** An escaped character, a class, a repetition by its largest number, or one character. */
  private static final java.util.regex.Pattern TOKEN =
      java.util.regex.Pattern.compile(
          "\\\\.|\\[\\^?]?(?:\\\\.|[^\\]\\\\])*+]|\\{(?:[0-9]{1,9},)?(?<times>[0-9]{1,9}),?}|.",
          java.util.regex.Pattern.DOTALL);

  private long size;
  private long work;

  @Override
  public RegularExpression getRegularExpression(String regex) {
    if (regex.length() > LONGEST) {
      throw new JsonSchemaException("a pattern has more than " + LONGEST + " characters");
    }
    size += written(regex);
    if (size > LARGEST) {
      throw new JsonSchemaException(
          "its patterns are too large with their repetitions written out");
    }
    Pattern pattern = compiled(regex);
    return text -> finds(pattern, text);
  }

  /**
   * About how many characters a pattern has with its repetitions written out, as the engine does
   * before it looks how many those are; more than the most is just that.
   */
  private static long written(String regex) {
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
        last = Math.min(LARGEST + 1L, last * Math.max(1, Integer.parseInt(token.group("times"))));
      } else {
        before = Math.min(LARGEST + 1L, before + last);
        last = 1;
      }
    }
    return before + last;
  }

  private boolean finds(Pattern pattern, String text) {
    work += (text.length() + 1L) * pattern.programSize();
    if (work > MOST_WORK) {
      throw new JsonSchemaException("its patterns take too long on this text");
    }
    return pattern.matcher(text).find();
  }

  private static Pattern compiled(String regex) {
    try {
      return Pattern.compile(CODE_UNIT.matcher(regex).replaceAll("$1\\\\x{$2}"));
    } catch (PatternSyntaxException unknown) {
      throw new JsonSchemaException(
          "the pattern "
              + regex
              + " cannot be used ("
              + unknown.getDescription()
              + "); there is no look-around and no back reference");
    }
  }
}
