package org.fleetcast.devices;

import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;

/**
 * The patterns of one schema, for one reading of it. What their work comes to in all is limited.
 */
final class SchemaPatterns implements RegularExpressionFactory {
  private static final int LONGEST = 1_000;

  /** In instructions, of all patterns together, about: some megabytes. */
  private static final int LARGEST = 100_000;

  /** In instructions executed: about a second of a processor. */
  private static final long MOST_WORK = 100_000_000;

  private long size;
  private long work;

  @Override
  public RegularExpression getRegularExpression(String regex) {
    if (regex.length() > LONGEST) {
      throw new JsonSchemaException("a pattern has more than " + LONGEST + " characters");
    }
    size += LinearPattern.written(regex);
    if (size > LARGEST) {
      throw new JsonSchemaException(
          "its patterns are too large with their repetitions written out");
    }
    LinearPattern pattern = compiled(regex);
    return text -> finds(pattern, text);
  }

  private boolean finds(LinearPattern pattern, String text) {
    work += (text.length() + 1L) * pattern.size();
    if (work > MOST_WORK) {
      throw new JsonSchemaException("its patterns take too long on this text");
    }
    return pattern.finds(text);
  }

  private static LinearPattern compiled(String regex) {
    try {
      return LinearPattern.of(regex);
    } catch (LinearPattern.Unusable unusable) {
      throw new JsonSchemaException(
          "the pattern " + regex + " cannot be used (" + unusable.getMessage() + ")");
    }
  }
}
