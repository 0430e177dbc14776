package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.event.Startup;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

class TrimmerTest {
  private static final int LIMIT = 4 << 20;
  private static final int LINE = 10_000;
  private static final Pattern MISSED = Pattern.compile("\"missed\":(\\d+)");

  private final ViewerMemory memory = new ViewerMemory(LIMIT, Long.MAX_VALUE);
  private final LiveStage stage = new LiveStage(5_000, SteadyClock.INSTANCE, memory);

  /** A line of some size. */
  private record Large(int number) implements LiveLine {
    @Override
    public String time() {
      return NumberedLine.time(number);
    }

    @Override
    public byte[] json() {
      return ("{\"n\":" + number + ",\"x\":\"" + "x".repeat(LINE) + "\"}")
          .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public LineFilter.Text text() {
      return LineFilter.Text.of("I", "");
    }
  }

  /** A stream of that subject, which nobody reads by itself. */
  private final class Viewer {
    private final Sessions.Opened opened;
    private final LiveStage.Reader reader;

    Viewer(String subject, String requestId, String entityId) {
      opened =
          stage.open(
              new Sessions.Opening(subject, requestId, null, SteadyClock.now()),
              session -> session.subscribe(new Subscription(1, entityId, LineFilter.NONE, 0), 10));
      reader = stage.reader(opened);
      reader.asleep = true;
      stage.sessions.attach(opened, reader.connection);
    }

    Session session() {
      return opened.session();
    }

    String read() {
      reader.asleep = false;
      reader.connection.run();
      while (session().hasWaiting(reader.connection)) {
        reader.connection.run();
      }
      return reader.text();
    }

    List<Integer> numbers() {
      return NumberedLine.numbers(read());
    }
  }

  private void publish(String entityId, int first, int last) {
    for (int number = first; number <= last; number++) {
      stage.sessions.publish(new Publication(entityId, List.of(new Large(number))));
    }
  }

  private void fits() {
    assertThat(memory.used()).isLessThanOrEqualTo(LIMIT);
  }

  private static int missed(String text) {
    return MISSED.matcher(text).results().mapToInt(gap -> Integer.parseInt(gap.group(1))).sum();
  }

  @Test
  void what_several_hold_counts_once_and_is_given_back_by_the_last() {
    List<Viewer> viewers =
        IntStream.range(0, 200).mapToObj(i -> new Viewer("ann", "r" + i, "a")).toList();
    publish("a", 1, 50);
    assertThat(memory.used()).isBetween(50L * LINE, 50L * LINE + 200 * 500 + 50 * 500);
    viewers.forEach(viewer -> assertThat(viewer.numbers()).hasSize(50));
    stage.sessions.shutdown();
    assertThat(memory.used()).isZero();
  }

  @Test
  void the_greediest_loses_first_with_one_gap_of_the_right_count_and_nobody_else_loses_a_line() {
    List<Viewer> greedy =
        IntStream.range(0, 20).mapToObj(i -> new Viewer("greedy", "r" + i, "e" + i)).toList();
    List<Viewer> modest =
        IntStream.range(0, 5).mapToObj(i -> new Viewer("m" + i, "r", "quiet")).toList();
    publish("quiet", 1, 40);
    for (int i = 0; i < 20; i++) {
      publish("e" + i, 1, 40);
      stage.trimmer.trim();
      fits();
    }
    for (Viewer viewer : modest) {
      assertThat(viewer.numbers()).isEqualTo(IntStream.rangeClosed(1, 40).boxed().toList());
      assertThat(viewer.read()).doesNotContain("event: gap");
    }
    int lost = 0;
    for (Viewer viewer : greedy) {
      String text = viewer.read();
      List<Integer> got = viewer.numbers();
      assertThat(text.split("event: gap", -1).length - 1).isLessThanOrEqualTo(1);
      assertThat(missed(text)).isEqualTo(40 - got.size());
      assertThat(got).isEqualTo(IntStream.rangeClosed(41 - got.size(), 40).boxed().toList());
      lost += 40 - got.size();
    }
    assertThat(lost).isBetween(400, 600);
    assertThat(stage.counted).isEmpty();
  }

  @Test
  void what_is_kept_for_resuming_goes_before_any_line() {
    Viewer reading = new Viewer("greedy", "r1", "read");
    Viewer slow = new Viewer("greedy", "r2", "unread");
    List<Viewer> others =
        IntStream.range(0, 3).mapToObj(i -> new Viewer("greedy", "o" + i, "o" + i)).toList();
    publish("read", 1, 100);
    assertThat(reading.numbers()).hasSize(100);
    publish("unread", 1, 100);
    for (int i = 0; i < 3; i++) {
      publish("o" + i, 1, 80);
      stage.trimmer.trim();
    }
    fits();
    assertThat(missed(slow.read())).isZero();
    assertThat(others).allMatch(other -> other.numbers().size() == 80);
    assertThat(reading.session().share()).isLessThan(50L * LINE);
  }

  @Test
  void who_has_seen_all_resumes_without_a_gap_though_nothing_is_kept_for_him() {
    Viewer viewer = new Viewer("greedy", "r1", "a");
    publish("a", 1, 90);
    assertThat(viewer.numbers()).hasSize(90);
    List<Viewer> others =
        IntStream.range(0, 4).mapToObj(i -> new Viewer("greedy", "o" + i, "o" + i)).toList();
    for (int i = 0; i < 4; i++) {
      publish("o" + i, 1, 90);
      stage.trimmer.trim();
    }
    assertThat(others).hasSize(4);
    Sessions.Opened again =
        stage.open(new Sessions.Opening("greedy", "r1", 90L, SteadyClock.now()), session -> {});
    LiveStage.Reader resumed = stage.attach(again, Instant.MAX);
    publish("a", 91, 92);
    assertThat(NumberedLine.numbers(resumed.text())).containsExactly(91, 92);
    assertThat(resumed.text()).doesNotContain("event: gap");
  }

  @Test
  void what_is_kept_outside_for_dropped_streams_is_given_up_too() {
    List<Viewer> gone =
        IntStream.range(0, 20).mapToObj(i -> new Viewer("greedy", "r" + i, "e" + i)).toList();
    gone.forEach(viewer -> viewer.session().detach(viewer.reader.connection, SteadyClock.now()));
    for (int i = 0; i < 20; i++) {
      publish("e" + i, 1, 40);
      stage.trimmer.trim();
      fits();
    }
    for (int i = 0; i < 20; i++) {
      Sessions.Opened again =
          stage.open(new Sessions.Opening("greedy", "r" + i, 0L, SteadyClock.now()), session -> {});
      String text = stage.attach(again, Instant.MAX).text();
      assertThat(NumberedLine.numbers(text).size() + missed(text)).isEqualTo(40);
    }
    stage.sessions.shutdown();
    assertThat(memory.used()).isZero();
  }

  @Test
  void what_two_dropped_streams_would_find_is_free_when_both_give_it_up() {
    List<Viewer> gone = List.of(new Viewer("ann", "r1", "a"), new Viewer("ann", "r2", "a"));
    gone.forEach(viewer -> viewer.session().detach(viewer.reader.connection, SteadyClock.now()));
    publish("a", 1, 10);
    assertThat(memory.used()).isGreaterThan(10 * LINE);
    gone.forEach(viewer -> assertThat(viewer.session().trimKept(LIMIT)).isGreaterThan(5 * LINE));
    assertThat(memory.used()).isLessThan(LINE);
    publish("a", 11, 12);
    Sessions.Opened again =
        stage.open(new Sessions.Opening("ann", "r1", 0L, SteadyClock.now()), session -> {});
    String text = stage.attach(again, Instant.MAX).text();
    assertThat(missed(text)).isEqualTo(10);
    assertThat(NumberedLine.numbers(text)).containsExactly(11, 12);
  }

  @Test
  void of_what_is_kept_outside_no_more_is_given_up_than_is_wanted() {
    Viewer gone = new Viewer("ann", "r", "a");
    gone.session().subscribe(new Subscription(2, "b", LineFilter.NONE, 0), 10);
    gone.session().detach(gone.reader.connection, SteadyClock.now());
    publish("a", 1, 10);
    publish("b", 1, 10);
    assertThat(gone.session().trimKept(1)).isBetween(10L * LINE, 11L * LINE);
    assertThat(memory.used()).isBetween(10L * LINE, 12L * LINE);
  }

  @Test
  void two_thousand_tails_of_one_reading_take_the_room_of_one() {
    Tail tail = Tail.of("a", lines(1, 100), NumberedLine.time(100), 0);
    List<Viewer> viewers = tails(2_000, i -> tail);
    assertThat(memory.used()).isLessThan(2L * 100 * LINE);
    leave(viewers);
  }

  @Test
  void two_thousand_tails_that_share_nothing_stay_below_the_limit() {
    List<Viewer> viewers =
        tails(
            2_000,
            i -> {
              stage.trimmer.trim();
              return Tail.of("a", lines(1, 20), NumberedLine.time(20), 0);
            });
    stage.trimmer.trim();
    fits();
    leave(viewers);
  }

  private void leave(List<Viewer> viewers) {
    viewers.forEach(each -> each.session().detach(each.reader.connection, SteadyClock.now()));
    stage.sessions.shutdown();
    assertThat(memory.used()).isZero();
  }

  private List<Viewer> tails(int count, IntFunction<Tail> read) {
    List<Viewer> viewers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Viewer viewer = new Viewer("ann", "r" + i, "a");
      viewers.add(viewer);
      PendingTail hold =
          viewer
              .session()
              .subscribe(new Subscription(1, "a", LineFilter.NONE, 1_000), 10)
              .orElseThrow();
      assertThat(viewer.session().release(hold, read.apply(i))).isEmpty();
    }
    return viewers;
  }

  private static List<Large> lines(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(Large::new).toList();
  }

  @Test
  void a_stream_whose_reader_takes_nothing_is_cut_when_all_else_is_given_up() {
    Viewer stalled = new Viewer("greedy", "r1", "a");
    assertThat(stalled.read()).contains("event: ready");
    stalled.reader.full = true;
    publish("a", 1, 3);
    memory.add(LIMIT);
    for (int i = 0; i < 100 && !stalled.reader.ended; i++) {
      stage.trimmer.trim();
    }
    assertThat(stalled.reader.ended).isTrue();
    assertThat(stalled.session().connection()).isNull();
    memory.add(-LIMIT);
    stage.sessions.shutdown();
    assertThat(memory.used()).isZero();
  }

  /** One who was sent some lines and does not take them. */
  private Viewer stalled(String subject, String requestId, String entityId) {
    Viewer viewer = new Viewer(subject, requestId, entityId);
    assertThat(viewer.read()).contains("event: ready");
    viewer.reader.full = true;
    publish(entityId, 1, 5);
    assertThat(viewer.reader.connection.isBehind()).isTrue();
    return viewer;
  }

  @Test
  void a_stream_that_is_being_closed_and_takes_nothing_is_cut_before_anybody_loses_a_line() {
    Viewer replaced = stalled("ann", "r1", "a");
    Viewer next = new Viewer("ann", "r1", "a");
    Viewer other = new Viewer("bob", "r", "b");
    publish("b", 1, 100);
    assertThat(replaced.reader.ended).isFalse();
    replaced.session().end(); // so that nobody else holds what was sent
    long more = LIMIT - memory.used() + 1;
    memory.add(more);
    stage.trimmer.trim();
    assertThat(replaced.reader.ended).isTrue();
    assertThat(stage.sessions.leaving()).isEmpty();
    assertThat(other.numbers()).hasSize(100);
    assertThat(next.reader.ended).isFalse();
    memory.add(-more);
    stage.sessions.shutdown();
  }

  @Test
  void a_farewell_takes_nothing_along_for_a_reader_that_is_behind() {
    Viewer slow = stalled("ann", "r1", "a");
    Frames.Chunk farewell =
        slow.session().close(slow.reader.connection, CloseReason.TOKEN_EXPIRED, SteadyClock.now());
    assertThat(farewell.items()).isEmpty();
    assertThat(farewell.pieces()).hasSize(3);
    Sessions.Opened again =
        stage.open(new Sessions.Opening("ann", "r1", 1L, SteadyClock.now()), session -> {});
    assertThat(NumberedLine.numbers(stage.attach(again, Instant.MAX).text()))
        .containsExactly(2, 3, 4, 5);
  }

  @Test
  void what_is_made_around_events_that_a_reader_does_not_take_counts_too() {
    Viewer viewer = new Viewer("ann", "r", "a");
    publish("a", 1, 5);
    long waiting = memory.used();
    viewer.reader.connection.run();
    viewer.reader.full = true;
    viewer.reader.connection.run();
    assertThat(viewer.reader.connection.isBehind()).isTrue();
    assertThat(memory.used()).isEqualTo(waiting + 5 * UnsentEvents.AROUND);
    stage.sessions.shutdown();
    viewer.reader.connection.abandon();
    assertThat(memory.used()).isZero();
  }

  @Test
  void what_is_in_a_write_that_waits_for_its_reader_counts_until_it_is_written() {
    Viewer viewer = new Viewer("ann", "r", "a");
    viewer.reader.waits = true;
    assertThat(viewer.read()).contains("event: ready");
    long[] during = new long[1];
    viewer.reader.sending = () -> during[0] = memory.used();
    publish("a", 1, 1);
    assertThat(during[0]).isEqualTo(memory.used() + UnsentEvents.AROUND);
    assertThat(viewer.reader.connection.isBehind()).isFalse();
  }

  @Test
  void what_a_farewell_has_taken_counts_until_the_stream_is_over() {
    Viewer viewer = new Viewer("ann", "r", "a");
    publish("a", 1, 5);
    viewer.reader.full = true;
    stage.sessions.shutdown();
    viewer.reader.connection.run(); // its first bytes
    assertThat(memory.used()).isBetween(5L * LINE, 6L * LINE);
    viewer.reader.full = false;
    viewer.reader.asleep = false;
    viewer.reader.connection.run();
    assertThat(viewer.numbers()).hasSize(5);
    assertThat(viewer.reader.ended).isTrue();
    assertThat(memory.used()).isZero();
  }

  @Test
  void bytes_that_are_nobodys_share_empty_nobody_at_once() {
    Viewer viewer = new Viewer("ann", "r", "a");
    publish("a", 1, 80);
    memory.add(LIMIT);
    stage.trimmer.trim();
    assertThat(viewer.numbers()).hasSizeGreaterThan(60);
    memory.add(-LIMIT);
    stage.sessions.shutdown();
    assertThat(memory.used()).isZero();
  }

  @Test
  void it_makes_room_by_itself_as_soon_as_the_limit_is_exceeded() {
    stage.trimmer.start(new Startup());
    Viewer viewer = new Viewer("ann", "r", "e0");
    for (int i = 1; i < 10; i++) {
      viewer.session().subscribe(new Subscription(1 + i, "e" + i, LineFilter.NONE, 0), 10);
    }
    List<Viewer> others =
        IntStream.range(0, 9).mapToObj(i -> new Viewer("ann", "r" + i, "e" + i)).toList();
    IntStream.range(0, 10).forEach(i -> publish("e" + i, 1, 100));
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !memory.isExceeded());
    stage.trimmer.stop();
    assertThat(others).hasSize(9);
  }

  @Test
  void it_pauses_as_long_as_it_worked_and_long_when_little_is_freed() {
    Duration round = Duration.ofMillis(20);
    assertThat(stage.trimmer.pause(round)).isEqualTo(Duration.ofMillis(500));
    Viewer viewer = new Viewer("ann", "r", "a");
    publish("a", 1, 80);
    memory.add(LIMIT);
    stage.trimmer.trim();
    assertThat(stage.trimmer.pause(round)).isEqualTo(round);
    memory.add(-LIMIT);
    assertThat(stage.trimmer.pause(round)).isEqualTo(round.multipliedBy(2));
    assertThat(stage.trimmer.pause(Duration.ZERO)).isEqualTo(Duration.ofMillis(5));
    assertThat(viewer.numbers()).isNotEmpty();
  }

  @Test
  void the_level_cuts_only_those_above_it() {
    assertThat(Trimmer.level(List.of(10L, 20L, 100L), 30)).isEqualTo(70);
    assertThat(Trimmer.level(List.of(10L, 60L, 60L), 40)).isEqualTo(40);
    assertThat(Trimmer.level(List.of(10L, 10L), 0)).isEqualTo(Long.MAX_VALUE);
    assertThat(Trimmer.level(List.of(10L, 10L), 50)).isZero();
    assertThat(Trimmer.level(List.of(), 50)).isEqualTo(Long.MAX_VALUE);
  }
}
