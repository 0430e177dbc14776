package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryPageTest {
  private static final HistoryRange FORWARD = new HistoryRange(100, 5_000, false, null);
  private static final HistoryRange BACKWARD = new HistoryRange(0, 5_000, true, null);

  @Test
  void an_empty_range_has_no_windows() {
    assertThat(HistoryPage.of(List.of(), FORWARD, null, HistoryPage.MAX_SIZE))
        .isEqualTo(HistoryPage.NONE);
  }

  @Test
  void a_page_that_ends_early_reaches_as_far_as_was_read() {
    HistoryPage forward = HistoryPage.of(rows(150, 300), FORWARD, 200L, HistoryPage.MAX_SIZE);
    assertThat(forward.rows()).isEqualTo(rows(150, 200));
    assertThat(forward.windowStart()).isEqualTo(LogTime.text(150));
    assertThat(forward.windowEnd()).isEqualTo(LogTime.text(201));
    HistoryPage backward = HistoryPage.of(rows(150, 300), BACKWARD, 200L, HistoryPage.MAX_SIZE);
    assertThat(backward.rows()).isEqualTo(rows(200, 300));
    assertThat(backward.windowStart()).isEqualTo(LogTime.text(199));
    assertThat(backward.windowEnd()).isEqualTo(LogTime.text(300));
  }

  @Test
  void so_does_one_without_a_row() {
    HistoryPage forward = HistoryPage.of(List.of(), FORWARD, 200L, HistoryPage.MAX_SIZE);
    assertThat(forward.more()).isTrue();
    assertThat(forward.windowStart()).isEqualTo(LogTime.text(100));
    assertThat(forward.windowEnd()).isEqualTo(LogTime.text(201));
    HistoryPage backward = HistoryPage.of(List.of(), BACKWARD, 200L, HistoryPage.MAX_SIZE);
    assertThat(backward.windowStart()).isEqualTo(LogTime.text(199));
    assertThat(backward.windowEnd()).isEqualTo(LogTime.text(5_000));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void windows_join_lines_that_share_a_second_without_hole_or_double(boolean backward) {
    List<StoredLine> all =
        LongStream.range(0, 4_000)
            .mapToObj(i -> new StoredLine(i / 300 * 1_000_000, "id-%04d".formatted(i), "m", null))
            .toList();
    List<StoredLine> read = new java.util.ArrayList<>();
    HistoryRange range = new HistoryRange(0, 100_000_000, backward, null);
    HistoryPage page;
    do {
      HistoryRange window = range;
      page =
          HistoryPage.of(
              all.stream().filter(window::holds).toList(), window, null, HistoryPage.MAX_SIZE);
      read.addAll(page.rows());
      assertThat(page.rows()).hasSizeBetween(1, HistoryPage.SIZE);
      long edge =
          LogTime.parse(Objects.requireNonNull(backward ? page.windowStart() : page.windowEnd()))
              .orElseThrow();
      range =
          backward
              ? new HistoryRange(0, edge, true, null)
              : new HistoryRange(edge, 100_000_000, false, null);
    } while (page.more());
    assertThat(read).containsExactlyInAnyOrderElementsOf(all);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pages_that_end_anywhere_join_without_hole_or_double(boolean backward) {
    List<StoredLine> all = rows(1, 4_000);
    HistoryRange left = new HistoryRange(0, 5_000, backward, null);
    List<StoredLine> read = new java.util.ArrayList<>();
    for (long step = 300; left != null; step += 100) {
      HistoryRange range = left;
      long reached = backward ? range.last() - step : range.first() + step;
      boolean whole = reached < 0 || reached > 5_000;
      List<StoredLine> found = all.stream().filter(range::holds).toList();
      HistoryPage page =
          HistoryPage.of(found, range, whole ? null : Long.valueOf(reached), HistoryPage.MAX_SIZE);
      read.addAll(page.rows());
      left = page.next();
    }
    assertThat(read).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void whole_lines_end_a_page_when_they_are_too_many_characters() {
    String fields = "x".repeat(1_250_000);
    List<StoredLine> rows =
        LongStream.rangeClosed(1, 10)
            .mapToObj(at -> new StoredLine(at, "id", null, "", null, null, null, fields))
            .toList();
    HistoryPage page = HistoryPage.of(rows, BACKWARD, null, HistoryPage.MAX_SIZE_OF_PART);
    assertThat(page.rows()).isEqualTo(rows.subList(7, 10));
    assertThat(Objects.requireNonNull(page.next()).last()).isEqualTo(8);
  }

  @Test
  void a_thousand_lines_of_the_longest_message_that_is_found_by_its_text_are_one_page() {
    String message = "x".repeat(8_191);
    List<StoredLine> rows =
        LongStream.rangeClosed(1, HistoryPage.SIZE)
            .mapToObj(at -> new StoredLine(at, "id", message, null))
            .toList();
    HistoryPage page = HistoryPage.of(rows, BACKWARD, null, HistoryPage.MAX_SIZE);
    assertThat(page.rows()).isEqualTo(rows);
    assertThat(page.more()).isFalse();
    assertThat(HistoryPage.isFull(rows, HistoryPage.MAX_SIZE)).isFalse();
  }

  private static List<StoredLine> rows(long first, long last) {
    return LongStream.rangeClosed(first, last)
        .mapToObj(at -> new StoredLine(at, "id" + at, "", null))
        .toList();
  }
}
