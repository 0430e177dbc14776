package org.fleetcast.activity;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.fleetcast.live.LogLevel;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/**
 * What one entity logged lately: how many lines of each level in each of the last 60 minutes, the
 * last line, and the last error of them.
 *
 * <p>It begins with a time. Lines from then on are counted as they come ({@link #add}); what was
 * logged before is read elsewhere and added once ({@link #addEarlier}), so no line counts twice.
 */
final class HourCounts {
  static final int MINUTES = 60;

  private static final int LEVELS = LogLevel.values().length;
  private static final int ERROR = LogLevel.E.ordinal();

  /** Of which the last one is under way. */
  private static final int RECENT_MINUTES = 5;

  private static final long MINUTE = 60_000_000;
  private static final int MAX_MESSAGE = 300;

  /** Of what has no entity. */
  static final Picture NOTHING =
      new Picture(new int[MINUTES], new int[LEVELS], 0, null, null, true);

  @GuardedBy("this")
  private final int[] counts = new int[MINUTES * LEVELS];

  /** The minute since 1970 that each sixtieth is of. */
  @GuardedBy("this")
  private final int[] minutes = new int[MINUTES];

  @GuardedBy("this")
  private long since;

  @GuardedBy("this")
  private boolean whole;

  @GuardedBy("this")
  private @Nullable StoredLine last;

  @GuardedBy("this")
  private @Nullable StoredLine lastError;

  /**
   * @param since lines from this time on will be added, in microseconds since 1970
   */
  HourCounts(long since) {
    this.since = since;
  }

  /**
   * What is known of it.
   *
   * @param perMinute lines of each minute, the oldest first, the last one under way
   * @param levels lines of each {@link LogLevel} in these minutes
   * @param recentErrors those of level E in the last five minutes
   * @param last the last line, its message cut; null when there is none
   * @param lastError the last line of level E in these minutes, cut too; null when there is none
   * @param whole whether it holds what was logged before it began
   */
  record Picture(
      int[] perMinute,
      int[] levels,
      int recentErrors,
      @Nullable StoredLine last,
      @Nullable StoredLine lastError,
      boolean whole) {
    /** Lines a minute, in the last five minutes. */
    double rate(long now) {
      int lines = Arrays.stream(perMinute, MINUTES - RECENT_MINUTES, MINUTES).sum();
      double minutes = RECENT_MINUTES - 1 + (double) (now - startOfMinute(now)) / MINUTE;
      return Math.round(10 * lines / minutes) / 10.0;
    }
  }

  /** What was logged before. */
  static final class Earlier {
    private final Map<Integer, int[]> byMinute = new HashMap<>();
    private @Nullable StoredLine last;
    private @Nullable StoredLine lastError;

    /** Counts lines of one level in the minute of that time. */
    void count(long at, int level, int lines) {
      byMinute.computeIfAbsent(minute(at), m -> new int[LEVELS])[level] += lines;
    }

    /** Keeps the latest of the lines that are shown to it, and the latest error of them. */
    void last(StoredLine row) {
      last = later(last, row);
      if (level(row.level()) == ERROR) {
        lastError = later(lastError, row);
      }
    }

    private static StoredLine later(@Nullable StoredLine one, StoredLine other) {
      return one == null || StoredLine.ORDER.compare(other, one) > 0 ? other : one;
    }
  }

  /** The place of a level as it was sent; any that is not known, or none, counts as I. */
  static int level(@Nullable String level) {
    return LogLevel.counted(level).ordinal();
  }

  /** The minute since 1970 of a time in microseconds. */
  static int minute(long at) {
    return (int) Math.floorDiv(at, MINUTE);
  }

  /** When the minute of that time began, in microseconds since 1970. */
  static long startOfMinute(long at) {
    return minute(at) * MINUTE;
  }

  /** Takes a new line in. */
  synchronized void add(StoredLine line) {
    since = Math.min(since, line.at()); // earlier only where the clock fell back
    int minute = minute(line.at());
    int slot = Math.floorMod(minute, MINUTES);
    if (minutes[slot] != minute) {
      begin(slot, minute);
    }
    int level = level(line.level());
    counts[slot * LEVELS + level]++;
    last = cut(line);
    if (level == ERROR) {
      lastError = last;
    }
  }

  @GuardedBy("this")
  private void begin(int slot, int minute) {
    int from = slot * LEVELS;
    Arrays.fill(counts, from, from + LEVELS, 0);
    minutes[slot] = minute;
  }

  /** From which time on it counts by itself; null when it has what was before. */
  synchronized @Nullable Long missingBefore() {
    return whole ? null : since;
  }

  /**
   * Adds what was logged before it began, once.
   *
   * @param before the time before which that was; when it begins at another one by now, nothing is
   *     added
   */
  synchronized void addEarlier(long before, Earlier earlier) {
    if (whole || before != since) {
      return;
    }
    for (Map.Entry<Integer, int[]> minute : earlier.byMinute.entrySet()) {
      addEarlier(minute.getKey(), minute.getValue());
    }
    if (last == null && earlier.last != null) {
      last = cut(earlier.last);
    }
    if (lastError == null && earlier.lastError != null) {
      lastError = cut(earlier.lastError);
    }
    whole = true;
  }

  @GuardedBy("this")
  private void addEarlier(int minute, int[] lines) {
    int slot = Math.floorMod(minute, MINUTES);
    if (minutes[slot] < minute) {
      begin(slot, minute);
    }
    if (minutes[slot] == minute) { // else a newer one has its place
      for (int level = 0; level < lines.length; level++) {
        counts[slot * LEVELS + level] += lines[level];
      }
    }
  }

  /** What is known of the 60 minutes that end with the one of that time. */
  synchronized Picture at(long now) {
    int[] perMinute = new int[MINUTES];
    int[] levels = new int[LEVELS];
    int recentErrors = 0;
    int first = minute(now) - MINUTES + 1;
    for (int slot = 0; slot < MINUTES; slot++) {
      int place = minutes[slot] - first;
      if (place >= 0 && place < MINUTES) {
        for (int level = 0; level < levels.length; level++) {
          int lines = counts[slot * LEVELS + level];
          perMinute[place] += lines;
          levels[level] += lines;
        }
        if (place >= MINUTES - RECENT_MINUTES) {
          recentErrors += counts[slot * LEVELS + ERROR];
        }
      }
    }
    StoredLine error = lastError == null || minute(lastError.at()) < first ? null : lastError;
    return new Picture(perMinute, levels, recentErrors, last, error, whole);
  }

  private static StoredLine cut(StoredLine line) {
    if (line.sgr() == null && line.tag() == null && line.message().length() <= MAX_MESSAGE) {
      return line;
    }
    return new StoredLine(line.at(), line.id(), cut(line.message(), MAX_MESSAGE), line.level());
  }

  /** Never in the middle of a surrogate pair. */
  private static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    return text.substring(
        0, Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length);
  }
}
