package org.fleetcast.live;

import org.jspecify.annotations.Nullable;

/**
 * Which lines of a device a viewer wants to see. What lets everything pass is equal to {@link
 * #NONE}, and filters that differ only in case are equal.
 *
 * @param level that one or a worse one; null for any
 * @param contains what the message contains, whatever the case ({@link CaseFolding}); null for any
 */
public record LineFilter(@Nullable LogLevel level, @Nullable String contains, FieldFilter fields) {
  /** Lets everything pass. */
  public static final LineFilter NONE = new LineFilter(null, null);

  /** How many code points {@code contains} may have: every line is searched for it. */
  public static final int MAX_CONTAINS = 256;

  public LineFilter {
    level = level == LogLevel.V ? null : level; // which lets everything pass
    contains = contains == null || contains.isEmpty() ? null : CaseFolding.fold(contains);
  }

  /** A filter of whatever fields. */
  public LineFilter(@Nullable LogLevel level, @Nullable String contains) {
    this(level, contains, FieldFilter.NONE);
  }

  /** Whether it has more characters than {@code contains} may have. */
  public static boolean isTooLong(String contains) {
    return contains.codePointCount(0, contains.length()) > MAX_CONTAINS;
  }

  /** What a filter looks at, read from a line. */
  public record Text(LogLevel level, String folded, LineFields fields) {
    /**
     * @param level the line's level as it was sent; none, or one that we do not know, counts as I
     */
    public static Text of(@Nullable String level, String message, LineFields fields) {
      return new Text(LogLevel.counted(level), CaseFolding.fold(message), fields);
    }
  }

  public boolean passes(Text text) {
    return (level == null || text.level.compareTo(level) <= 0)
        && (contains == null || text.folded.contains(contains))
        && fields.passes(text.fields);
  }
}
