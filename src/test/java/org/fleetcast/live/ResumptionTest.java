package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

/** Streams that are cut, changed or replaced in the middle of what was read for them. */
class ResumptionTest {
  private static final int ALL = Integer.MAX_VALUE;
  private static final LineFilter WARNINGS = new LineFilter(LogLevel.W, null);

  private final LiveStage.Earlier earlier = new LiveStage.Earlier();
  private final Log log =
      new Log(
          entityId -> Set.of(entityId.equals("a") ? 1 : 2),
          new ViewerMemory(),
          new LiveMetrics(Stub.of(MetricRegistry.class)),
          new InternalFaults(where -> {}, SteadyClock.INSTANCE));
  private final Session session = session("r1");
  private final LogViewer viewer = new LogViewer(session);

  private Session session(String requestId) {
    SubjectUsage usage = new SubjectUsage(new ViewerMemory(), () -> {});
    return new Session("somebody", requestId, log, earlier, usage, lines -> {});
  }

  private static Subscription device(LineFilter filter, int tail) {
    return Subscription.device(1, "a", filter, tail, null);
  }

  private void follow() {
    session.subscribe(device(LineFilter.NONE, 0), 10);
  }

  private void publish(int first, int last) {
    IntStream.rangeClosed(first, last).forEach(number -> publish("a", number));
  }

  private void publish(String entityId, int number) {
    LiveLine line = new NumberedLine(number);
    log.append(() -> List.of(new Publication(entityId, List.of(line))), line.at());
  }

  private static long at(int number) {
    return NumberedLine.at(number);
  }

  private static Tail tail(int first, int last) {
    List<NumberedLine> lines = lines(first, last);
    return new Tail(new Scope.Entity("a"), Tail.events(lines), NumberedLine.at(last), 0);
  }

  private static List<NumberedLine> lines(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(NumberedLine::new).toList();
  }

  private void takeAll() {
    while (!viewer.take(1 << 16, 0).equals("[]")) {
      assertThat(viewer.lines).isNotEmpty();
    }
  }

  private static List<Integer> range(int first, int last) {
    return IntStream.rangeClosed(first, last).boxed().toList();
  }

  @Test
  void who_leaves_while_a_tail_is_read_takes_nothing_from_others() {
    follow();
    Session other = session("r2");
    other.subscribe(device(LineFilter.NONE, 5), 10);
    other.subscribe(device(WARNINGS, 0), 10);
    other.unsubscribe(Selector.device(1));
    publish(1, 1);
    takeAll();
    assertThat(viewer.lines).containsExactly(1);
    other.end();
    session.end();
    assertThat(log.follows("a")).isFalse();
  }

  @Test
  void a_page_that_came_when_the_stream_was_cut_waits_for_the_next() {
    follow();
    publish(0, 0);
    takeAll();
    viewer.detach();
    publish(1, 2_500);
    viewer.resume();
    Replay asked = earlier.pages.remove();
    viewer.detach();
    give(asked, 1, 2_500);
    viewer.resume();
    takeAll();
    assertThat(viewer.lines).isEqualTo(range(0, 2_500));
  }

  @Test
  void who_has_half_of_a_message_gets_the_other_half_alone() {
    follow();
    log.append(() -> List.of(new Publication("a", lines(1, 2))), at(2));
    session.begin(null, 1, true, EventId.upTo(at(1)), Instant.EPOCH);
    assertThat(earlier.pages.remove().after()).isEqualTo(EventId.upTo(at(1)));
  }

  private void give(Replay asked, int first, int last) {
    List<Piece> pieces = new ArrayList<>(Tail.events(lines(first, last)));
    session.page(asked, new Replay.Page(pieces, asked.parts(), asked.until()));
  }

  @Test
  void a_gap_after_a_replay_tells_only_of_what_came_since() {
    follow();
    publish(0, 0);
    takeAll();
    viewer.detach();
    publish(1, 2_500);
    viewer.resume();
    give(earlier.pages.remove(), 1, 2_500);
    publish(2_501, 5_000);
    takeAll();
    assertThat(viewer.lines).startsWith(0, 1).endsWith(4_999, 5_000);
    viewer.detach();
    assertThat(viewer.gaps)
        .extracting(LogViewer.Missed::from)
        .containsExactly(Instant.parse(Frames.time(NumberedLine.at(2_501))));
  }

  @Test
  void tails_do_not_pile_up_for_who_takes_nothing() {
    publish("b", 100);
    String large = "x".repeat(32 * 1024); // few of it fit into memory
    for (int round = 0; round < 20; round++) {
      session.subscribe(device(LineFilter.NONE, 32), 10);
      List<WordyLine> lines =
          IntStream.range(0, 32).mapToObj(number -> new WordyLine(number, "large", large)).toList();
      Tail tail = new Tail(new Scope.Entity("a"), Tail.events(lines), NumberedLine.at(31), 0);
      session.release(earlier.tails.remove(), tail);
      session.unsubscribe(Selector.device(1));
    }
    viewer.take(ALL, 0);
    assertThat(viewer.heard.length()).isBetween(4 << 20, 6 << 20);
    assertThat(viewer.gaps).hasSize(1);
  }

  @Test
  void filters_that_are_changed_again_and_again_keep_few_topics_for_who_takes_nothing() {
    for (int round = 0; round < 100; round++) {
      session.subscribe(device(new LineFilter(null, "n".repeat(1 + round)), 0), 10);
      LiveLine line = new WordyLine(round, "n".repeat(200), "{\"n\":" + round + "}");
      log.append(() -> List.of(new Publication("a", List.of(line))), line.at());
    }
    assertThat(log.topics()).isLessThan(20);
    viewer.take(ALL, 0);
    assertThat(viewer.lines).endsWith(98, 99).hasSizeBetween(15, 20);
    assertThat(viewer.heard).contains("\"missed\":" + (100 - viewer.lines.size()));
  }

  /** A line that is sent as that JSON, and passes the filters that ask for such words. */
  private record WordyLine(int number, String words, String sent) implements LiveLine {
    @Override
    public long at() {
      return NumberedLine.at(number);
    }

    @Override
    public String entityId() {
      return "a";
    }

    @Override
    public byte[] json() {
      return sent.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public LineFilter.Text text() {
      return LineFilter.Text.of("I", words, LineFields.NONE);
    }
  }

  @Test
  void who_begins_to_follow_in_the_middle_of_a_message_has_it_by_the_log_or_by_the_tail() {
    publish(0, 0);
    LiveLine line = new NumberedLine(1);
    Thread following =
        new Thread(() -> session.subscribe(device(LineFilter.NONE, 5), 10), "following");
    log.append(
        () -> {
          boolean followed = log.follows("a");
          following.start();
          Awaitility.await()
              .pollInterval(Duration.ofMillis(1))
              .until(
                  () ->
                      Set.of(Thread.State.BLOCKED, Thread.State.TERMINATED)
                          .contains(following.getState()));
          return followed ? List.of(new Publication("a", List.of(line))) : List.of();
        },
        line.at());
    join(following);
    session.release(earlier.tails.remove(), tail(0, 1));
    takeAll();
    assertThat(viewer.lines).containsExactly(0, 1);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  @Test
  void a_tail_that_was_received_does_not_come_again_after_a_restart() {
    publish(1, 3);
    session.subscribe(device(LineFilter.NONE, 5), 10);
    session.subscribe(Subscription.device(2, "b", LineFilter.NONE, 5, null), 10);
    publish("c", 4); // of a device that nobody follows

    session.release(earlier.tails.remove(), tail(1, 3));
    takeAll();
    assertThat(viewer.lastId().to()).as("the other tail is not there yet").isLessThan(at(4));

    session.release(earlier.tails.remove(), new Tail(new Scope.Entity("b"), List.of(), at(4), 0));
    session.unsubscribe(Selector.device(1));
    session.subscribe(device(LineFilter.NONE, 5), 10);
    session.release(earlier.tails.remove(), tail(1, 3));
    takeAll();
    assertThat(viewer.lines).containsExactly(1, 2, 3, 1, 2, 3);
    assertThat(viewer.lastId()).isEqualTo(EventId.upTo(at(4)));
  }

  @Test
  void what_was_not_received_comes_again_though_a_tail_is_awaited() {
    follow();
    publish(1, 3);
    viewer.take(ALL, 2);
    session.subscribe(device(LineFilter.NONE, 5), 10);
    viewer.resume();
    session.release(earlier.tails.remove(), tail(1, 3));
    takeAll();
    assertThat(viewer.lines).containsExactly(1, 2, 3);
  }

  @Test
  void a_nudge_that_was_written_and_not_received_comes_again() {
    follow();
    publish(1, 1);
    viewer.take(ALL, 1);
    assertThat(session.send(StreamEvent.ROTATION_UPDATED)).isCompleted();
    viewer.take(ALL, 1);
    assertThat(viewer.heard).contains("rotation-updated");
    viewer.resume();
    viewer.take(ALL, 0);
    assertThat(viewer.heard).contains("rotation-updated");
    assertThat(viewer.lines).containsExactly(1);
    viewer.resume();
    viewer.take(ALL, 0);
    assertThat(viewer.heard).isEmpty();
  }

  @Test
  void a_line_of_three_scopes_comes_once_where_one_of_them_has_let_it_go() {
    follow();
    session.subscribe(
        new Subscription(Selector.of(Scope.FLEET), Scope.FLEET, LineFilter.NONE, 0, null), 10);
    Scope model = new Scope.Model(1);
    session.subscribe(new Subscription(Selector.of(model), model, LineFilter.NONE, 0, null), 10);
    publish(0, 0);
    IntStream.rangeClosed(1, Topic.MAX_EVENTS).forEach(number -> publish("b", number));
    takeAll();
    assertThat(viewer.lines).isEqualTo(range(0, Topic.MAX_EVENTS));
  }

  @Test
  void an_id_of_nowhere_is_a_gap_for_each_device_of_an_entity_once() {
    List<Boolean> told = new ArrayList<>();
    for (int device : new int[] {1, 2, 2}) {
      session.subscribe(
          Subscription.device(device, "a", LineFilter.NONE, 0, EventId.of("elsewhere:7")), 10);
      viewer.take(1 << 16, 0);
      told.add(viewer.heard.contains("event: gap"));
    }
    assertThat(told).containsExactly(true, true, false);
  }
}
