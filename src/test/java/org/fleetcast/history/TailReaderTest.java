package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.fleetcast.devices.DeviceEntity;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.live.Scope;
import org.fleetcast.live.Selector;
import org.fleetcast.live.Subscription;
import org.fleetcast.live.Tail;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@SuppressWarnings("NullAway.Init")
class TailReaderTest {
  private StoredStage stage;
  private TailReader reader;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    stage = new StoredStage(folder);
    ScopeEntities fleet =
        new ScopeEntities(
            () -> List.of(new DeviceEntity(1, "a"), new DeviceEntity(2, "b")),
            model -> List.of(new DeviceEntity(2, "b")));
    reader = new TailReader(new JoinedLines(stage.keeper, stage.index), fleet);
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  private Tail read(Scope scope, LineFilter filter, int lines, int until) {
    Subscription wanted = new Subscription(Selector.of(scope), scope, filter, lines, null);
    return reader.read(wanted, stage.at(until), StoredStage.reading());
  }

  private Tail read(int lines) {
    return read(new Scope.Entity("a"), LineFilter.NONE, lines, 1_000);
  }

  @Test
  void the_last_lines_are_given_in_order_and_none_after_the_time_is() {
    stage.take(stage.lines(0, 20, "a"));
    Tail tail = read(new Scope.Entity("a"), LineFilter.NONE, 3, 12);
    assertThat(StoredStage.shown(tail.parts())).containsExactly(10, 11, 12);
    assertThat(tail.until()).isEqualTo(stage.at(12));
    assertThat(tail.missing()).isZero();
  }

  @Test
  void what_the_journal_has_no_more_comes_from_elasticsearch() {
    stage.index(stage.lines(-5, -1, "a"));
    stage.take(stage.lines(0, 1, "a"));
    Tail tail = read(4);
    assertThat(StoredStage.shown(tail.parts())).containsExactly(-2, -1, 0, 1);
    assertThat(tail.missing()).isZero();
  }

  @Test
  void fewer_than_wanted_are_all_that_there_are() {
    stage.index(stage.lines(-1, -1, "a"));
    Tail tail = read(4);
    assertThat(StoredStage.shown(tail.parts())).containsExactly(-1);
    assertThat(tail.missing()).isZero();
  }

  @Test
  void only_lines_that_pass_are_counted() {
    stage.take(stage.lines(0, 9, "a"));
    LineFilter warnings = new LineFilter(LogLevel.W, null);
    Tail tail = read(new Scope.Entity("a"), warnings, 3, 100);
    assertThat(StoredStage.shown(tail.parts())).containsExactly(4, 6, 8);
  }

  @Test
  void a_tail_of_many_has_the_last_lines_of_all_of_them() {
    stage.take(stage.lines(0, 3, "a"));
    stage.take(stage.lines(4, 5, "b"));
    stage.take(stage.lines(6, 7, "strange"));
    assertThat(StoredStage.shown(read(Scope.FLEET, LineFilter.NONE, 4, 100).parts()))
        .containsExactly(2, 3, 4, 5);
    assertThat(StoredStage.shown(read(new Scope.Model(7), LineFilter.NONE, 4, 100).parts()))
        .containsExactly(4, 5);
  }

  @Test
  void without_elasticsearch_the_rest_is_missing() {
    stage.index(stage.lines(-5, -1, "a"));
    stage.take(stage.lines(0, 1, "a"));
    stage.refusal = 503;
    Tail tail = read(5);
    assertThat(StoredStage.shown(tail.parts())).containsExactly(0, 1);
    assertThat(tail.missing()).isEqualTo(3);
  }

  @Test
  void no_more_bytes_are_shown_than_a_viewer_may_wait_for_and_the_rest_is_missing() {
    String large = "x".repeat(Tail.MAX_BYTES / 3);
    for (int number = 0; number < 4; number++) {
      stage.take(List.of(stage.line(number, "a", large)));
    }
    Tail tail = read(4);
    assertThat(StoredStage.shown(tail.parts())).containsExactly(2, 3);
    assertThat(tail.missing()).isEqualTo(2);
  }
}
