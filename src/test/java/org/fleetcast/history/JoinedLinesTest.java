package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.fleetcast.archive.Lookup;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.JournalLine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@SuppressWarnings("NullAway.Init")
class JoinedLinesTest {
  private static final boolean FORWARD = false;
  private static final boolean BACKWARD = true;
  private static final int ENOUGH = 1_000;

  private StoredStage stage;
  private JoinedLines joined;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    stage = new StoredStage(folder);
    joined = new JoinedLines(stage.keeper, stage.index);
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  private JoinedLines.Wanted wanted(int first, int last, boolean backward, int count) {
    return wanted(first, last, backward, count, LineFilter.NONE);
  }

  private JoinedLines.Wanted wanted(
      int first, int last, boolean backward, int count, LineFilter filter) {
    return new JoinedLines.Wanted(
        Entities.one("a"),
        new HistoryRange(stage.at(first), stage.at(last), backward, null),
        filter,
        line -> true,
        count);
  }

  private JoinedLines.Read read(JoinedLines.Wanted wanted) {
    return joined.read(wanted, StoredStage.reading());
  }

  @Test
  void what_the_journal_certainly_has_is_not_searched_for() {
    stage.take(stage.lines(0, 9, "a"));
    assertThat(stage.numbers(read(wanted(3, 20, FORWARD, ENOUGH)).lines()))
        .containsExactly(3, 4, 5, 6, 7, 8, 9);
    assertThat(stage.numbers(read(wanted(-50, 20, BACKWARD, 10)).lines())).hasSize(10);
    assertThat(stage.searches).hasValue(0);
  }

  @Test
  void a_line_that_both_have_is_there_once_and_all_are_in_order() {
    stage.index(stage.lines(-3, 2, "a"));
    stage.take(stage.lines(0, 4, "a"));
    for (boolean direction : List.of(FORWARD, BACKWARD)) {
      JoinedLines.Read read = read(wanted(-10, 10, direction, ENOUGH));
      assertThat(stage.numbers(read.lines())).containsExactly(-3, -2, -1, 0, 1, 2, 3, 4);
      assertThat(read.reached()).isNull();
      assertThat(read.unknown()).isNull();
    }
  }

  @Test
  void only_lines_that_are_wanted_are_given() {
    stage.index(stage.lines(-4, -1, "a"));
    stage.take(stage.lines(0, 3, "a"));
    stage.take(stage.lines(4, 5, "b"));
    stage.take(List.of(stage.line(6, "a").refused("a reason")));
    LineFilter warnings = new LineFilter(LogLevel.W, null);
    assertThat(stage.numbers(read(wanted(-10, 10, FORWARD, ENOUGH, warnings)).lines()))
        .containsExactly(-4, -2, 0, 2);
  }

  @Test
  void what_is_enough_is_read_from_the_end_that_is_wanted_and_says_how_far_it_goes() {
    stage.take(stage.lines(0, 999, "a"));
    JoinedLines.Read first = read(wanted(0, 2_000, FORWARD, 150));
    assertThat(stage.numbers(first.lines())).startsWith(0, 1).hasSizeBetween(150, 200);
    assertThat(first.reached()).isEqualTo(lastOf(first).at());
    JoinedLines.Read last = read(wanted(0, 2_000, BACKWARD, 150));
    assertThat(stage.numbers(last.lines())).endsWith(998, 999).hasSizeBetween(150, 200);
    assertThat(last.reached()).isEqualTo(last.lines().get(0).at());
  }

  @Test
  void of_two_readings_only_as_much_is_given_as_both_have_read() {
    stage.index(stage.lines(-2_000, -1, "a"));
    stage.take(stage.lines(0, 20, "a"));
    JoinedLines.Read read = read(wanted(-2_000, 20, FORWARD, 150));
    assertThat(read.reached()).isNotNull();
    assertThat(read.lines()).allMatch(line -> line.at() <= lastOf(read).at());
    assertThat(lastOf(read).at()).isEqualTo(read.reached());
    assertThat(stage.numbers(read.lines())).startsWith(-2_000, -1_999).doesNotContain(0);
  }

  @Test
  void without_an_answer_that_is_given_which_is_certain_and_said_what_is_not() {
    stage.take(stage.lines(0, 3, "a"));
    stage.refusal = 500;
    JoinedLines.Read read = read(wanted(-10, 10, FORWARD, ENOUGH));
    assertThat(stage.numbers(read.lines())).containsExactly(0, 1, 2, 3);
    assertThat(read.unknown()).isEqualTo(stage.at(-1));
    assertThat(read(wanted(-10, -5, FORWARD, ENOUGH)).unknown()).isEqualTo(stage.at(-5));
    assertThat(stage.searches).as("who answers is asked again").hasValue(2);
  }

  @Test
  void who_gave_no_answer_at_all_is_not_asked_for_a_while() {
    stage.index(stage.lines(-3, -1, "a"));
    stage.refusal = StoredStage.HANG_UP;
    assertThat(read(wanted(-10, 10, FORWARD, ENOUGH)).unknown()).isEqualTo(stage.at(-1));
    stage.refusal = 0;
    int before = stage.searches.get();
    assertThat(read(wanted(-10, 10, FORWARD, ENOUGH)).lines()).isEmpty();
    assertThat(stage.searches).hasValue(before);
  }

  @Test
  void who_waits_no_more_is_not_read_for() {
    stage.take(stage.lines(0, 3, "a"));
    Lookup reading = StoredStage.reading();
    reading.cancel();
    assertThatThrownBy(() -> joined.read(wanted(0, 10, FORWARD, ENOUGH), reading))
        .isInstanceOf(Problem.class);
  }

  private static JournalLine lastOf(JoinedLines.Read read) {
    return read.lines().get(read.lines().size() - 1);
  }
}
