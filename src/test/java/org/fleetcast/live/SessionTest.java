package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final Pattern LINE = Pattern.compile("\"n\":(\\d+)");

  private final LiveStage.Earlier earlier = new LiveStage.Earlier();
  private final Log log = log(new ViewerMemory());
  private final Session session = session(log, "r1", unlimited());

  private static Log log(ViewerMemory memory) {
    InternalFaults faults = new InternalFaults(where -> {}, SteadyClock.INSTANCE);
    LiveMetrics metrics = new LiveMetrics(Stub.of(MetricRegistry.class));
    return new Log(entity -> Set.of(), memory, metrics, faults);
  }

  private Session session(Log all, String requestId, SubjectUsage usage) {
    return new Session("somebody", requestId, all, earlier, usage, lines -> {});
  }

  @Test
  void subscribing_twice_is_the_same_as_once() {
    session.subscribe(all(1, "a"), 10);
    session.subscribe(all(1, "a"), 10);
    assertThat(log.subscriptions()).isEqualTo(1);
    assertThat(session.unsubscribe(Selector.device(1))).isTrue();
    assertThat(session.unsubscribe(Selector.device(1))).isFalse();
    assertThat(log.follows("a")).isFalse();
  }

  @Test
  void two_devices_of_one_entity_keep_it_followed_until_the_last_goes() {
    session.subscribe(all(1, "a"), 10);
    session.subscribe(all(2, "a"), 10);
    session.unsubscribe(Selector.device(1));
    assertThat(log.follows("a")).isTrue();
    session.unsubscribe(Selector.device(2));
    assertThat(log.follows("a")).isFalse();
  }

  @Test
  void a_device_with_another_entity_takes_its_subscription_along() {
    session.subscribe(all(1, "a"), 10);
    session.move(1, "b");
    session.move(2, "b");
    assertThat(session.subscriptions()).containsOnlyKeys(1).containsValue("b");
    session.move(1, null);
    assertThat(session.subscriptions()).isEmpty();
    assertThat(log.subscriptions()).isZero();
  }

  @Test
  void more_devices_than_allowed_are_refused() {
    session.subscribe(all(1, "a"), 1);
    session.subscribe(all(1, "a"), 1);
    assertThatThrownBy(() -> session.subscribe(all(2, "b"), 1))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("at most 1");
  }

  @Test
  void subscriptions_that_take_too_much_memory_are_refused_until_others_are_given_back() {
    ViewerMemory small = new ViewerMemory(Long.MAX_VALUE, 40L * SubjectUsage.SUBSCRIPTION_BYTES);
    AtomicInteger refused = new AtomicInteger();
    SubjectUsage usage = new SubjectUsage(small, refused::incrementAndGet);
    Session mine = session(log, "r1", usage);
    Session other = session(log, "r2", new SubjectUsage(small, () -> {}));
    for (int device = 1; device <= 10; device++) {
      mine.subscribe(all(device, "a" + device % 3), 100);
      mine.subscribe(all(device, "a" + device % 3), 100);
    }
    assertThatThrownBy(() -> mine.subscribe(all(11, "a"), 100))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("of this user");
    other.subscribe(all(11, "a"), 100);
    LineFilter longer = new LineFilter(null, "x".repeat(LineFilter.MAX_CONTAINS));
    assertThatThrownBy(() -> mine.subscribe(Subscription.device(1, "a1", longer, 0, null), 100))
        .isInstanceOf(Problem.class);
    assertThat(refused).hasValue(2);
    mine.move(1, "moved");
    mine.unsubscribe(Selector.device(2));
    mine.subscribe(Subscription.device(1, "moved", longer, 0, null), 100);
    mine.end();
    other.end();
    assertThat(small.subscriptions()).isZero();
  }

  @Test
  void the_end_takes_all_subscriptions_along() {
    session.subscribe(all(1, "a"), 10);
    session.subscribe(all(2, "b"), 10);
    session.end();
    assertThat(log.subscriptions()).isZero();
    assertThat(session.isClosed()).isTrue();
    assertThatThrownBy(() -> session.subscribe(all(1, "a"), 10)).isInstanceOf(Problem.class);
  }

  @Property(seed = "1")
  void the_count_of_subscriptions_is_exact_after_every_change(
      @ForAll @Size(max = 50) List<@IntRange(min = -5, max = 5) Integer> steps) {
    Log all = log(new ViewerMemory());
    Session viewer = session(all, "r1", unlimited());
    for (int step : steps) {
      if (step > 0) {
        viewer.subscribe(all(step, "e" + step / 2), 100);
      } else {
        viewer.unsubscribe(Selector.device(-step));
      }
      assertThat(all.subscriptions()).isEqualTo(viewer.subscriptions().size());
      assertThat(List.of("e0", "e1", "e2"))
          .allMatch(e -> all.follows(e) == viewer.subscriptions().containsValue(e));
    }
  }

  @Property
  @Tag("long")
  void the_count_of_subscriptions_is_exact_after_every_change_with_any_seed(
      @ForAll @Size(max = 50) List<@IntRange(min = -5, max = 5) Integer> steps) {
    the_count_of_subscriptions_is_exact_after_every_change(steps);
  }

  /** Lines come one after another while viewers come and go as they like. */
  @Test
  void who_comes_and_goes_gets_every_line_once_and_in_order() throws Exception {
    int last = 20_000;
    List<Viewer> viewers = List.of(new Viewer("v1"), new Viewer("v2"), new Viewer("v3"));
    // A thread for each: the publisher waits for all of them.
    List<CompletableFuture<Void>> watching =
        viewers.stream()
            .map(v -> CompletableFuture.runAsync(() -> v.watchUntil(last), SessionTest::start))
            .toList();
    for (int number = 1; number <= last; number++) {
      publish(number);
      while (number - viewers.stream().mapToInt(viewer -> viewer.seen).min().orElse(0) > 1_000
          && watching.stream().noneMatch(CompletableFuture::isCompletedExceptionally)) {
        Thread.onSpinWait(); // the log does not keep more than twice as many
      }
    }
    for (CompletableFuture<Void> done : watching) {
      done.get(60, TimeUnit.SECONDS);
    }
    List<Integer> all = IntStream.rangeClosed(1, last).boxed().toList();
    assertThat(viewers).allSatisfy(viewer -> assertThat(viewer.lines).isEqualTo(all));
    assertThat(viewers).allMatch(viewer -> viewer.streams > 10);
  }

  private static void start(Runnable task) {
    new Thread(task).start();
  }

  @Test
  void who_does_not_say_what_it_has_gets_only_what_is_new() {
    session.subscribe(all(1, "a"), 1);
    StreamConnection first = open(null);
    publish(1);
    session.detach(first, Instant.now());
    publish(2);
    StreamConnection second = open(null);
    publish(3);
    assertThat(linesOf(second)).containsExactly(3);
  }

  @Test
  void what_waits_for_a_viewer_is_not_lost_when_its_subscriptions_change() {
    session.subscribe(all(1, "a"), 2);
    StreamConnection stream = open(null);
    publish(1);
    session.subscribe(Subscription.device(1, "a", new LineFilter(LogLevel.W, null), 0, null), 2);
    publish(2);
    publish(3);
    session.subscribe(all(1, "a"), 2);
    publish(4);
    session.unsubscribe(Selector.device(1));
    publish(5);
    assertThat(linesOf(stream)).containsExactly(1, 2, 4);
  }

  private StreamConnection open(@Nullable EventId lastId) {
    StreamConnection stream = LiveStage.unread(session);
    assertThat(session.attach(stream, session.begin(null, 1, true, lastId, Instant.now()).number()))
        .isTrue();
    return stream;
  }

  private void publish(int number) {
    NumberedLine line = new NumberedLine(number);
    log.append(() -> List.of(new Publication("a", List.of(line))), line.at());
  }

  private List<Integer> linesOf(StreamConnection stream) {
    return session.next(stream, Integer.MAX_VALUE).pieces().stream()
        .flatMap(piece -> LINE.matcher(new String(piece, StandardCharsets.UTF_8)).results())
        .map(line -> Integer.valueOf(line.group(1)))
        .toList();
  }

  /** One that resumes again and again. */
  private final class Viewer {
    private static final Pattern ID = Pattern.compile("id: (\\d+)\n");

    private final List<Integer> lines = new ArrayList<>();
    private final Session mine;
    private volatile int seen;
    private EventId lastId = EventId.upTo(0);
    private int streams;

    Viewer(String requestId) {
      mine = session(log, requestId, unlimited());
      mine.subscribe(all(1, "a"), 1);
    }

    void watchUntil(int last) {
      for (streams = 0; seen < last; streams++) {
        Session.Start start = mine.begin(null, 1, true, lastId, Instant.now());
        StreamConnection stream = LiveStage.unread(mine);
        assertThat(mine.attach(stream, start.number())).isTrue();
        for (int i = 0; i < streams % 7; i++) {
          mine.next(stream, 2_000)
              .pieces()
              .forEach(piece -> read(new String(piece, StandardCharsets.UTF_8)));
        }
        mine.detach(stream, Instant.now());
      }
    }

    private void read(String piece) {
      assertThat(piece).doesNotContain("event: gap");
      ID.matcher(piece).results().forEach(id -> lastId = EventId.of(id.group(1)));
      LINE.matcher(piece).results().forEach(line -> lines.add(Integer.valueOf(line.group(1))));
      seen = lines.isEmpty() ? 0 : lines.get(lines.size() - 1);
    }
  }

  /** A stream that nobody reads by itself. */
  private static SubjectUsage unlimited() {
    return new SubjectUsage(new ViewerMemory(), () -> {});
  }

  private static Subscription all(int deviceId, String entityId) {
    return Subscription.device(deviceId, entityId, LineFilter.NONE, 0, null);
  }
}
