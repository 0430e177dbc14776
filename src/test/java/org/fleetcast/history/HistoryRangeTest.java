package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;
import org.junit.jupiter.api.Test;

class HistoryRangeTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00.123456Z");

  @Test
  void times_beyond_what_can_be_stored_count_as_the_first_and_the_last() {
    HistoryRange range =
        HistoryRange.of("1066-10-14T09:00:00Z", "9999-12-31T23:59:59.999999Z", null, NOW);
    assertThat(range.from()).isZero();
    assertThat(LogTime.text(range.to())).startsWith("2262-04-11T");
    assertThat(HistoryRange.of(null, "0001-01-01T00:00:00Z", null, NOW).to()).isZero();
    assertThat(HistoryRange.of("-300000-01-01T00:00:00Z", "+300000-01-01T00:00:00Z", null, NOW))
        .isEqualTo(new HistoryRange(HistoryRange.EVER, HistoryRange.FOREVER, false, null));
  }

  @Test
  void a_range_that_ends_before_it_starts_is_refused_wherever_it_lies() {
    assertThatThrownBy(
            () -> HistoryRange.of("3000-01-02T00:00:00Z", "3000-01-01T00:00:00Z", null, NOW))
        .isInstanceOf(Problem.class);
  }

  @Test
  void a_cursor_says_what_is_left_on_either_side() {
    StoredLine row = new StoredLine(LogTime.micros(NOW), "id|with|bars", "", null);
    HistoryRange forward =
        HistoryRange.of("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", null, NOW).after(row);
    assertThat(HistoryRange.of(null, null, forward.cursor(), NOW)).isEqualTo(forward);
    assertThat(forward.first()).isEqualTo(row.at());
    assertThat(forward.holds(row)).isFalse();
    HistoryRange backward = HistoryRange.of(null, "2026-03-01T00:00:00Z", null, NOW).after(row);
    assertThat(HistoryRange.of(null, null, backward.cursor(), NOW)).isEqualTo(backward);
    assertThat(backward.last()).isEqualTo(row.at());
  }

  @Test
  void a_time_beside_a_cursor_is_read_too() {
    String cursor = HistoryRange.of(null, null, null, NOW).cursor();
    assertThatThrownBy(() -> HistoryRange.of("yesterday", null, cursor, NOW))
        .isInstanceOf(Problem.class);
  }
}
