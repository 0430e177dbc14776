package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.fleetcast.archive.DeadLetter;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.StoredLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  private static final HistoryRange BACKWARD = new HistoryRange(0, 5_000, true, null);

  @Test
  void without_search_a_backward_page_is_served_only_from_where_the_journal_is_whole() {
    StoredLines.Found<StoredLine> held = held(1, 1_500);
    assertThat(History.withoutSearch(held, BACKWARD, 600, HistoryPage.MAX_SIZE)).isEmpty();
    HistoryPage page =
        History.withoutSearch(held, BACKWARD, 400, HistoryPage.MAX_SIZE).orElseThrow();
    assertThat(page.rows()).hasSize(1_000).isEqualTo(rows(501, 1_500));
    assertThat(page.more()).isTrue();
  }

  @Test
  void without_search_a_forward_page_is_served_only_if_the_journal_is_whole_from_its_beginning() {
    HistoryRange forward = new HistoryRange(700, 5_000, false, null);
    assertThat(History.withoutSearch(held(700, 800), forward, 701, HistoryPage.MAX_SIZE)).isEmpty();
    assertThat(History.withoutSearch(held(700, 800), forward, 700, HistoryPage.MAX_SIZE))
        .isPresent();
    HistoryRange rest = new HistoryRange(0, 5_000, false, new HistoryRange.Place(700, "id"));
    assertThat(History.withoutSearch(held(700, 800), rest, 700, HistoryPage.MAX_SIZE)).isPresent();
  }

  @Test
  void what_was_read_of_the_journal_is_served_as_far_as_it_was_read() {
    StoredLines.Found<StoredLine> held = new StoredLines.Found<>(rows(3_001, 3_010), 3_000L);
    assertThat(History.withoutSearch(held, BACKWARD, 3_001, HistoryPage.MAX_SIZE)).isEmpty();
    HistoryPage page =
        History.withoutSearch(held, BACKWARD, 3_000, HistoryPage.MAX_SIZE).orElseThrow();
    assertThat(page.rows()).hasSize(10);
    assertThat(page.more()).isTrue();
  }

  @Test
  void a_page_that_is_certainly_held_is_served_also_when_more_was_read() {
    StoredLines.Found<StoredLine> held = new StoredLines.Found<>(rows(1, 1_500), 1L);
    assertThat(History.withoutSearch(held, BACKWARD, 600, HistoryPage.MAX_SIZE)).isEmpty();
    HistoryPage page =
        History.withoutSearch(held, BACKWARD, 400, HistoryPage.MAX_SIZE).orElseThrow();
    assertThat(page.rows()).hasSize(1_000).isEqualTo(rows(501, 1_500));
    assertThat(page.more()).isTrue();
  }

  @Test
  void what_was_replayed_leaves_the_journal_too(@TempDir Path folder) throws IOException {
    try (StoredStage stage = new StoredStage(folder)) {
      stage.take(stage.lines(0, 1, "e"));
      List<DeadLetter> replayed =
          List.of(letter(stage.at(0), "id0"), letter(stage.at(1), "id of another journal"));
      new DeadLetters(stage.keeper, stage.index).forget(replayed);
      assertThat(stage.keeper.journal().find(0, Long.MAX_VALUE, false, 9, line -> true))
          .extracting(JournalLine::id)
          .containsExactly("id1");
    }
  }

  private static DeadLetter letter(long at, String id) {
    return new DeadLetter(at, id, "index", "reason", "raw", "text", null);
  }

  private static StoredLines.Found<StoredLine> held(long first, long last) {
    return new StoredLines.Found<>(rows(first, last), null);
  }

  private static List<StoredLine> rows(long first, long last) {
    return LongStream.rangeClosed(first, last)
        .mapToObj(at -> new StoredLine(at, "id" + at, "", null))
        .toList();
  }
}
