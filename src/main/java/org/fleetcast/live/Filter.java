package org.fleetcast.live;

import org.jspecify.annotations.Nullable;

/**
 * Which lines of a device a viewer wants to see. What lets everything pass is equal to {@link
 * #NONE}, and filters that differ only in case are equal.
 *
 * @param level that severity or worse, of E, W, I, D, V; null for any
 * @param contains what the message contains, whatever the case ({@link CaseFolding}); null for any
 */
public record Filter(@Nullable String level, @Nullable String contains) {
  /** Lets everything pass. */
  public static final Filter NONE = new Filter(null, null);

  /** How long {@code contains} may be: every line is searched for it. */
  public static final int MAX_CONTAINS = 256;

  private static final String SEVERITIES = "EWIDV";

  public Filter {
    level = "V".equals(level) ? null : level; // which lets everything pass
    contains = contains == null || contains.isEmpty() ? null : CaseFolding.fold(contains);
  }

  /** Whether that is one of the levels. */
  public static boolean isLevel(String level) {
    return level.length() == 1 && SEVERITIES.contains(level);
  }

  /** What a filter looks at, read from a line: its severity, 0 for the worst, and its message. */
  public record Text(int severity, String folded) {
    /**
     * @param level the line's level as it was sent; none, or one that we do not know, counts as I
     */
    public static Text of(@Nullable String level, String message) {
      return new Text(LogLevel.counted(level).ordinal(), CaseFolding.fold(message));
    }
  }

  public boolean passes(Text text) {
    return (level == null || text.severity <= SEVERITIES.indexOf(level))
        && (contains == null || text.folded.contains(contains));
  }
}
