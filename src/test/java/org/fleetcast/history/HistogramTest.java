package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import org.fleetcast.live.LogLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HistogramTest {
  private static final long SECOND = 1_000_000;

  @ParameterizedTest
  @CsvSource({
    "0, 60, 1, 1",
    "59, 60, 1, 60",
    "60, 60, 2, 31",
    "3599, 60, 60, 60",
    "3600, 60, 120, 31",
    "2592000, 500, 7200, 361",
    "9223372036, 500, 18489600, 499"
  })
  void the_width_is_the_smallest_with_which_the_parts_suffice(
      long seconds, int parts, long width, int count) {
    Histogram histogram = new Histogram(range(0, seconds * SECOND), null, parts);
    assertThat(histogram.seconds()).isEqualTo(width);
    assertThat(histogram.parts()).isEqualTo(count).isLessThanOrEqualTo(parts + 1);
  }

  @Test
  void parts_begin_at_multiples_of_their_width_and_hold_what_is_in_the_range() {
    Histogram histogram = new Histogram(range(59 * SECOND, 179 * SECOND), null, 2);
    assertThat(histogram.seconds()).isEqualTo(120);
    assertThat(histogram.start(0)).isEqualTo("1970-01-01T00:00:00.000000Z");
    assertThat(histogram.start(1)).isEqualTo("1970-01-01T00:02:00.000000Z");
    histogram.count(119_999_999, LogLevel.I, 2);
    histogram.count(120_000_000, LogLevel.E, 1);
    histogram.count(240_000_000, LogLevel.E, 1);
    assertThat(histogram.parts()).isEqualTo(2);
    assertThat(histogram.lines(0, LogLevel.I)).isEqualTo(2);
    assertThat(histogram.lines(1, LogLevel.E)).isEqualTo(1);
  }

  @Test
  void a_level_counts_itself_and_what_is_worse() {
    Histogram histogram = new Histogram(range(0, 1), LogLevel.W, 1);
    for (LogLevel level : LogLevel.values()) {
      histogram.count(0, level, 1);
    }
    assertThat(histogram.lines(0, LogLevel.E)).isEqualTo(1);
    assertThat(histogram.lines(0, LogLevel.W)).isEqualTo(1);
    assertThat(histogram.lines(0, LogLevel.I)).isZero();
  }

  private static HistoryRange range(long from, long to) {
    return new HistoryRange(from, to, false, null);
  }
}
