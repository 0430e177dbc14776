package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.fleetcast.devices.DeviceEntity;
import org.fleetcast.live.EventId;
import org.fleetcast.live.Gap;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.live.Piece;
import org.fleetcast.live.Replay;
import org.fleetcast.live.Replays;
import org.fleetcast.live.Scope;
import org.fleetcast.sink.JournalLine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@SuppressWarnings("NullAway.Init")
class ReplayReaderTest {
  private static final Scope A = new Scope.Entity("a");
  private static final Scope B = new Scope.Entity("b");

  private StoredStage stage;
  private ReplayReader reader;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    stage = new StoredStage(folder);
    reader = reader(10_000);
  }

  private ReplayReader reader(int mostLines) {
    ScopeEntities fleet =
        new ScopeEntities(
            () -> List.of(new DeviceEntity(1, "a"), new DeviceEntity(2, "b")), model -> List.of());
    return new ReplayReader(
        new JoinedLines(stage.keeper, stage.index),
        fleet,
        new LineCounts(stage.keeper, stage.index),
        Integer.toString(mostLines));
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  private Replay asked(int after, int until, Scope... scopes) {
    EventId position = EventId.upTo(stage.at(after));
    List<Replay.Part> parts = new ArrayList<>();
    for (Scope scope : scopes) {
      parts.add(new Replay.Part(scope, Set.of(), position));
    }
    return Replays.of(parts, position, stage.at(until));
  }

  private Replay.Page page(Replay asked) {
    return reader.page(asked, StoredStage.reading());
  }

  @Test
  void everything_after_the_event_is_read_once_and_in_one_order() {
    stage.index(stage.lines(-4, -1, "a"));
    for (int number = 0; number < 6; number++) {
      stage.take(stage.lines(number, number, number % 2 == 0 ? "a" : "b"));
    }
    stage.take(stage.lines(6, 6, "strange"));
    Replay.Page page = page(asked(-3, 4, A, B));
    assertThat(StoredStage.shown(page.pieces())).containsExactly(-2, -1, 0, 1, 2, 3, 4);
    assertThat(page.reached()).isEqualTo(stage.at(4));
    assertThat(StoredStage.shown(page(asked(-3, 9, Scope.FLEET)).pieces()))
        .containsExactly(-2, -1, 0, 1, 2, 3, 4, 5);
  }

  @Test
  void what_does_not_fit_into_a_page_is_read_by_the_next() {
    stage.take(stage.lines(0, 2_499, "a"));
    Replay left = asked(-1, 9_999, A);
    List<Integer> shown = new ArrayList<>();
    int pages = 0;
    while (!Replays.isOver(left)) {
      Replay.Page page = page(left);
      shown.addAll(StoredStage.shown(page.pieces()));
      left = Replays.rest(left, page);
      pages++;
    }
    assertThat(shown).isEqualTo(IntStream.range(0, 2_500).boxed().toList());
    assertThat(pages).isEqualTo(3);
  }

  @Test
  void each_part_goes_on_where_its_viewer_was() {
    stage.take(stage.lines(0, 3, "a"));
    stage.take(stage.lines(4, 7, "b"));
    EventId start = EventId.upTo(stage.at(-1));
    Replay.Part a = new Replay.Part(A, Set.of(), EventId.upTo(stage.at(1)));
    Replay.Part b = new Replay.Part(B, Set.of(), EventId.upTo(stage.at(6)));
    Replay asked = Replays.of(List.of(a, b), start, stage.at(9));
    assertThat(StoredStage.shown(page(asked).pieces())).containsExactly(2, 3, 7);
  }

  @Test
  void a_line_that_any_filter_of_its_part_lets_pass_is_there() {
    stage.take(stage.lines(0, 9, "a"));
    LineFilter warnings = new LineFilter(LogLevel.W, null);
    LineFilter three = new LineFilter(null, "3");
    EventId start = EventId.upTo(stage.at(-1));
    Replay.Part one = new Replay.Part(A, Set.of(warnings), start);
    Replay.Part any = new Replay.Part(A, Set.of(warnings, three), start);
    assertThat(StoredStage.shown(page(Replays.of(List.of(one), start, stage.at(9))).pieces()))
        .containsExactly(0, 2, 4, 6, 8);
    assertThat(StoredStage.shown(page(Replays.of(List.of(any), start, stage.at(9))).pieces()))
        .containsExactly(0, 2, 3, 4, 6, 8);
  }

  /** One message brought 0 to 3; what was received of it is the event that ends with 1. */
  @Test
  void of_a_message_that_was_cut_in_two_only_the_events_that_were_not_received_are_read() {
    stage.take(stage.lines(0, 1, "a"));
    stage.take(stage.lines(2, 2, "b"));
    stage.take(stage.lines(3, 5, "b"));
    EventId cut = new EventId(stage.at(1), stage.at(-1), stage.at(3));
    List<Replay.Part> parts =
        List.of(new Replay.Part(A, Set.of(), cut), new Replay.Part(B, Set.of(), cut));
    assertThat(StoredStage.shown(page(Replays.of(parts, cut, stage.at(9))).pieces()))
        .containsExactly(2, 3, 4, 5);
  }

  /** Of a the first and the last line of the message, with more between than is read at once. */
  @Test
  void of_a_large_message_that_was_cut_an_event_that_ends_late_is_read_too() {
    stage.take(stage.lines(0, 0, "a"));
    stage.take(stage.lines(1, 1, "b"));
    List<JournalLine> between = new ArrayList<>();
    for (int number = 2; number < 1_200; number++) {
      between.add(stage.line(number, "c", "x".repeat(1_100)));
    }
    stage.take(between);
    stage.take(stage.lines(1_200, 1_200, "a"));
    EventId cut = new EventId(stage.at(1), stage.at(-1), stage.at(1_200));
    List<Replay.Part> parts =
        List.of(
            new Replay.Part(A, Set.of(), cut),
            new Replay.Part(B, Set.of(), cut),
            new Replay.Part(new Scope.Entity("c"), Set.of(), cut));
    assertThat(StoredStage.shown(page(Replays.of(parts, cut, stage.at(1_300))).pieces()))
        .startsWith(0, 2, 3);
  }

  @Test
  void beyond_the_limit_of_lines_a_gap_says_which_are_not_read_and_how_many() {
    stage.take(stage.lines(0, 19, "a"));
    stage.take(stage.lines(20, 22, "b"));
    reader = reader(5);
    Replay.Page page = page(asked(3, 30, A, B));
    assertThat(gaps(page)).containsExactly(limit(A, 11, 4, 14, 3));
    assertThat(StoredStage.shown(page.pieces())).containsExactly(15, 16, 17, 18, 19, 20, 21, 22);
    assertThat(page.pieces().get(0)).isInstanceOf(Gap.class);
  }

  @Test
  void as_many_lines_as_the_limit_are_all_read() {
    stage.take(stage.lines(0, 4, "a"));
    reader = reader(5);
    Replay.Page page = page(asked(-1, 30, A));
    assertThat(StoredStage.shown(page.pieces())).containsExactly(0, 1, 2, 3, 4);
    assertThat(gaps(page)).isEmpty();
  }

  @Test
  void the_limit_is_looked_at_once_and_not_for_each_page() {
    stage.take(stage.lines(0, 2_499, "a"));
    reader = reader(2_000);
    Replay asked = asked(-1, 3_000, A);
    Replay.Page first = page(asked);
    assertThat(gaps(first)).containsExactly(limit(A, 500, 0, 499, -1));
    Replay.Page second = page(Replays.rest(asked, first));
    assertThat(gaps(second)).isEmpty();
    assertThat(StoredStage.shown(first.pieces())).startsWith(500, 501);
    assertThat(StoredStage.shown(second.pieces()).get(0))
        .isEqualTo(500 + StoredStage.shown(first.pieces()).size());
  }

  @Test
  void without_elasticsearch_a_gap_stands_for_what_the_journal_does_not_have() {
    stage.take(stage.lines(0, 2, "a"));
    stage.refusal = 503;
    Replay.Page page = page(asked(-20, 10, A));
    assertThat(gaps(page)).containsExactly(gap(A, 0, -19, -1));
    assertThat(StoredStage.shown(page.pieces())).containsExactly(0, 1, 2);
    assertThat(page.reached()).isEqualTo(stage.at(10));
  }

  @Test
  void what_cannot_be_read_at_all_is_a_gap_for_each_part() {
    Replay asked = asked(3, 9, A, B);
    Replay.Page page = ReplayReader.missing(asked);
    assertThat(gaps(page)).containsExactly(gap(A, 0, 4, 9), gap(B, 0, 4, 9));
    assertThat(Replays.isOver(Replays.rest(asked, page))).isTrue();
  }

  private Gap gap(Scope scope, int lines, int from, int to) {
    return new Gap(scope, lines, stage.at(from), stage.at(to), EventId.upTo(stage.at(to)));
  }

  /** The gap before the newest lines: it stands where the replay begins. */
  private Gap limit(Scope scope, int lines, int from, int to, int after) {
    return new Gap(scope, lines, stage.at(from), stage.at(to), EventId.upTo(stage.at(after)));
  }

  private static List<Piece> gaps(Replay.Page page) {
    return page.pieces().stream().filter(Gap.class::isInstance).toList();
  }
}
