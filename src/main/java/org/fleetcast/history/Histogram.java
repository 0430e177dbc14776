package org.fleetcast.history;

import java.time.Duration;
import java.util.List;
import org.fleetcast.live.LogLevel;
import org.fleetcast.sink.LogTime;
import org.jspecify.annotations.Nullable;

/**
 * How many lines of each level there are in each of the equal parts of a range of time. The parts
 * begin at whole multiples of their width since 1970, so they stay where they are while the range
 * moves.
 */
final class Histogram {
  /** As many parts at most. */
  static final int MAX_PARTS = 500;

  private static final List<Long> SECONDS =
      List.of(
          1L, 2L, 5L, 10L, 15L, 30L, 60L, 120L, 300L, 600L, 900L, 1_800L, 3_600L, 7_200L, 10_800L,
          21_600L, 43_200L, 86_400L);

  private final HistoryRange range;
  private final @Nullable LogLevel least;
  private final long seconds;
  private final long first;
  private final long[][] counts;
  private @Nullable Long countedFrom;

  /**
   * Of nothing yet.
   *
   * @param least the levels that are counted: this one and worse; null for all
   * @param parts as many at most, but for one more where the range begins within one
   */
  Histogram(HistoryRange range, @Nullable LogLevel least, int parts) {
    this.range = range;
    this.least = least;
    this.seconds = width(range, parts);
    this.first = Math.floorDiv(range.from(), micros());
    this.counts = new long[(int) (Math.floorDiv(range.to(), micros()) - first) + 1][];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new long[LogLevel.values().length];
    }
  }

  private static long width(HistoryRange range, int parts) {
    long all = (range.to() - range.from()) / 1_000_000 + 1;
    for (long seconds : SECONDS) {
      if (all <= seconds * parts) {
        return seconds;
      }
    }
    long day = Duration.ofDays(1).toSeconds();
    return (all / parts / day + 1) * day;
  }

  HistoryRange range() {
    return range;
  }

  /** The width of a part, in seconds. */
  long seconds() {
    return seconds;
  }

  private long micros() {
    return seconds * 1_000_000;
  }

  /** Adds lines of a time in microseconds since 1970; those of a level that is not counted not. */
  void count(long at, LogLevel level, long lines) {
    int part = (int) (Math.floorDiv(at, micros()) - first);
    if (part >= 0 && part < counts.length && (least == null || level.compareTo(least) <= 0)) {
      counts[part][level.ordinal()] += lines;
    }
  }

  /** Lines before that time were not looked at; null when all were. */
  void countedFrom(@Nullable Long at) {
    countedFrom = at;
  }

  @Nullable String countedFrom() {
    return countedFrom == null ? null : LogTime.text(countedFrom);
  }

  int parts() {
    return counts.length;
  }

  /** When a part begins, as a time of a line. */
  String start(int part) {
    return LogTime.text((first + part) * micros());
  }

  long lines(int part, LogLevel level) {
    return counts[part][level.ordinal()];
  }
}
