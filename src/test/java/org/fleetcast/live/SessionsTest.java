package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Startup;
import jakarta.ws.rs.sse.SseBroadcaster;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.fleetcast.Stub;
import org.fleetcast.identity.LoggedOut;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.ManualClock;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionsTest {
  private static final int ROUNDS = 2_000;

  private final FailingClock clock = new FailingClock();
  private final LiveStage stage = new LiveStage(100, clock);
  private final Sessions sessions = stage.sessions;

  private static final class FailingClock extends ManualClock {
    private volatile boolean broken;

    @Override
    public Instant instant() {
      if (broken) {
        throw new StackOverflowError("injected");
      }
      return super.instant();
    }
  }

  private Sessions.Opened open(LiveStage on, String requestId) {
    return on.open(requestId, clock.instant().plusNanos(1));
  }

  private LiveStage.Reader opened(String requestId) {
    return stage.attach(open(stage, requestId), Instant.MAX);
  }

  private void endAll(String how) {
    if (how.equals("logout")) {
      sessions.loggedOut(new LoggedOut("ann"));
    } else {
      sessions.shutdown();
    }
  }

  private void nothingIsLeft() {
    assertThat(sessions.all()).isEmpty();
    assertThat(sessions.open()).isZero();
    assertThat(sessions.follows("a")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"logout", "shutdown"})
  void what_ends_all_before_a_stream_is_attached_ends_that_stream_too(String how) {
    Sessions.Opened opened = open(stage, "r1");
    endAll(how);
    LiveStage.Reader reader = stage.attach(opened, Instant.MAX);
    assertThat(reader.text()).contains("event: ready").contains("\"reason\":\"" + how + "\"");
    assertThat(reader.ended).isTrue();
    nothingIsLeft();
  }

  @Test
  void who_listens_in_this_process_hears_each_line_once_and_in_order_whatever_he_throws() {
    List<Integer> heard = new ArrayList<>();
    sessions.listen(
        "a",
        Runnable::run,
        line -> {
          heard.addAll(NumberedLine.numbers(new String(line.json(), StandardCharsets.UTF_8)));
          if (heard.size() == 2) {
            throw new StackOverflowError("injected");
          }
        });
    for (int n = 1; n <= 4; n++) {
      stage.publish(new NumberedLine(n));
    }
    assertThat(heard).containsExactly(1, 2, 3, 4);
    assertThat(stage.counted).containsExactly("live");
  }

  @Test
  void who_has_lines_that_are_not_here_yet_comes_again_and_gets_none_of_them_twice() {
    AtomicBoolean complete = new AtomicBoolean();
    sessions.mayLag(Duration.ofMillis(20), asked -> complete.get());
    stage.publish(new NumberedLine(1));
    assertThat(sessions.reaches(after(2))).isFalse();
    assertThat(sessions.all()).isEmpty();
    stage.publish(new NumberedLine(2));
    assertThat(sessions.reaches(after(2))).isTrue();
    LiveStage.Reader reader = stage.attach(openAfter(2), Instant.MAX);
    stage.publish(new NumberedLine(3));
    assertThat(NumberedLine.numbers(reader.text())).containsExactly(3);
    assertThatThrownBy(() -> subscribeAfter(4))
        .hasMessage("This replica does not have all lines right now");
    complete.set(true); // then it is of no log of ours
    assertThat(sessions.reaches(after(4))).isTrue();
    subscribeAfter(4);
    assertThat(reader.text()).contains("event: gap");
  }

  private Sessions.Opened openAfter(int number) {
    return sessions.open(after(number), () -> Stub.of(SseBroadcaster.class));
  }

  private Sessions.Opening after(int number) {
    EventId seen = EventId.upTo(NumberedLine.at(number));
    return new Sessions.Opening("ann", "r1", seen, LiveStage.A, clock.instant());
  }

  private void subscribeAfter(int number) {
    EventId seen = EventId.upTo(NumberedLine.at(number));
    sessions.subscribe(
        "ann", "r1", Subscription.device(2, "b", LineFilter.NONE, 0, seen), clock.instant());
  }

  @ParameterizedTest
  @ValueSource(strings = {"logout", "shutdown"})
  void what_ends_all_while_a_session_is_made_lets_none_come(String how) {
    Sessions.Opening asked = new Sessions.Opening("ann", "r1", null, LiveStage.A, clock.instant());
    assertThatThrownBy(
            () ->
                sessions.open(
                    asked,
                    () -> {
                      CompletableFuture.runAsync(() -> endAll(how)).join();
                      return Stub.of(SseBroadcaster.class);
                    }))
        .isInstanceOf(Problem.class);
    nothingIsLeft();
  }

  @Test
  void a_stream_that_is_replaced_or_never_began_names_the_position_that_it_had() {
    LiveStage.Reader first = opened("r1");
    for (int number = 1; number <= 3; number++) {
      stage.publish(new NumberedLine(number));
    }
    EventId earlier = EventId.upTo(NumberedLine.at(1));
    Sessions.Opened second =
        sessions.open(
            new Sessions.Opening("ann", "r1", earlier, null, clock.instant().plusNanos(1)),
            () -> Stub.of(SseBroadcaster.class));
    assertThat(first.text()).contains("\"reason\":\"replaced\"");
    assertThat(ids(first)).last().isEqualTo(EventId.upTo(NumberedLine.at(3)).text());

    sessions.shutdown();
    LiveStage.Reader late = stage.attach(second, Instant.MAX);
    assertThat(late.text()).contains("\"reason\":\"shutdown\"");
    assertThat(ids(late)).containsOnly(earlier.text());
  }

  private static List<String> ids(LiveStage.Reader reader) {
    return Pattern.compile("(?m)^id: (.+)$")
        .matcher(reader.text())
        .results()
        .map(id -> id.group(1))
        .toList();
  }

  @Test
  void a_request_that_was_on_its_way_at_logout_opens_nothing_and_a_later_one_does() {
    Instant arrived = clock.instant();
    clock.passes(Duration.ofMillis(1));
    sessions.loggedOut(new LoggedOut("ann"));
    assertThatThrownBy(() -> stage.open("r1", arrived))
        .isInstanceOfSatisfying(
            Problem.class,
            refused -> assertThat(refused.code()).isEqualTo(ProblemCode.AUTHENTICATION_REQUIRED));
    nothingIsLeft();
    clock.passes(Duration.ofMillis(1));
    opened("r1");
    assertThat(sessions.open()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"logout", "shutdown"})
  void whatever_the_interleaving_no_stream_is_left_behind(String how) throws Exception {
    int rounds = how.equals("logout") ? ROUNDS : ROUNDS / 10;
    for (int round = 0; round < rounds; round++) {
      LiveStage each = new LiveStage(10);
      List<LiveStage.Reader> readers = new CopyOnWriteArrayList<>();
      CyclicBarrier together = new CyclicBarrier(2);
      Instant arrived = SteadyClock.now();
      CompletableFuture<Void> connecting =
          CompletableFuture.runAsync(
              () -> {
                await(together);
                try {
                  readers.add(each.attach(each.open("r1", arrived), Instant.MAX));
                } catch (Problem refused) {
                  assertThat(refused.code())
                      .isIn(ProblemCode.AUTHENTICATION_REQUIRED, ProblemCode.SERVICE_UNAVAILABLE);
                }
              });
      await(together);
      if (how.equals("logout")) {
        each.sessions.loggedOut(new LoggedOut("ann"));
      } else {
        each.sessions.shutdown();
      }
      connecting.join();
      assertThat(each.sessions.all()).isEmpty();
      assertThat(each.sessions.open()).isZero();
      assertThat(readers).allMatch(reader -> reader.ended);
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception broken) {
      throw new IllegalStateException(broken);
    }
  }

  @Test
  void a_session_that_throws_keeps_no_other_from_its_heartbeat() {
    LiveStage.Reader first = opened("r1");
    LiveStage.Reader broken = stage.attach(open(stage, "r2"), null);
    LiveStage.Reader last = opened("r3");
    clock.passes(Duration.ofSeconds(20));
    sessions.tick();
    assertThat(first.text()).endsWith(": \n\n");
    assertThat(last.text()).endsWith(": \n\n");
    assertThat(broken.text()).doesNotContain(": \n\n");
    assertThat(stage.counted).containsExactly("live");
  }

  @Test
  void a_stream_whose_login_has_ended_is_closed_at_the_next_look() {
    LiveStage.Reader reader = opened("r1");
    sessions.tick();
    assertThat(reader.ended).isFalse();
    stage.signedOut = true;
    sessions.tick();
    assertThat(reader.text()).contains("\"reason\":\"logout\"");
    assertThat(sessions.all()).isEmpty();
  }

  @Test
  void the_pulse_goes_on_after_an_error() {
    List<Runnable> schedule = new ArrayList<>();
    new SessionMonitor(
            sessions,
            Stub.of(
                ManagedScheduledExecutorService.class,
                Map.of("scheduleWithFixedDelay", a -> schedule.add((Runnable) a[0]) ? null : null)),
            stage.faults)
        .start(new Startup());
    LiveStage.Reader reader = opened("r1");
    clock.broken = true;
    schedule.forEach(Runnable::run);
    clock.broken = false;
    clock.passes(Duration.ofSeconds(20));
    schedule.forEach(Runnable::run);
    assertThat(reader.text()).endsWith(": \n\n");
    assertThat(stage.counted).containsExactly("pulse");
  }

  @Test
  void what_a_stream_throws_ends_that_stream_only_and_frees_its_place() {
    LiveStage.Reader broken = opened("r1");
    LiveStage.Reader good = opened("r2");
    broken.failing = new StackOverflowError("injected");
    stage.publish(new NumberedLine(1));
    assertThat(broken.ended).isTrue();
    assertThat(broken.connection.session().connection()).isNull();
    assertThat(good.text()).contains("{\"n\":1}");
    assertThat(sessions.open()).isEqualTo(1);
    assertThat(stage.counted).containsExactly("stream");
  }

  @Test
  void a_line_that_a_filter_fails_on_reaches_the_others_and_is_a_gap_for_its_viewer() {
    LiveStage.Reader filtered = opened("r1");
    LiveStage.Reader whole = opened("r2");
    filtered
        .connection
        .session()
        .subscribe(Subscription.device(1, "a", new LineFilter(LogLevel.W, null), 0, null), 10);
    stage.publish(new Poison());
    stage.publish(new NumberedLine(2));
    assertThat(whole.text()).contains("poison").contains("{\"n\":2}");
    assertThat(filtered.text())
        .contains("event: gap")
        .contains("\"missed\":1")
        .contains("{\"n\":2}");
    assertThat(stage.counted).containsExactly("live");
  }

  /** A line that cannot be filtered. */
  private static final class Poison implements LiveLine {
    @Override
    public long at() {
      return NumberedLine.at(1);
    }

    @Override
    public String entityId() {
      return "a";
    }

    @Override
    public byte[] json() {
      return "\"poison\"".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public LineFilter.Text text() {
      throw new StackOverflowError("injected");
    }
  }

  @Test
  void a_line_that_cannot_be_encoded_does_not_reach_the_publisher() {
    LiveStage.Reader reader = opened("r1");
    LiveLine bad =
        new LiveLine() {
          @Override
          public long at() {
            return NumberedLine.at(1);
          }

          @Override
          public String entityId() {
            return "a";
          }

          @Override
          public byte[] json() {
            throw new OutOfMemoryError("injected");
          }

          @Override
          public LineFilter.Text text() {
            return LineFilter.Text.of(null, "", LineFields.NONE);
          }
        };
    stage.publish(bad);
    stage.publish(new NumberedLine(2));
    assertThat(reader.text()).contains("\"missed\":1").contains("{\"n\":2}");
  }

  /** Several publishers of one entity: nobody else keeps them apart. */
  @Test
  void all_viewers_see_the_lines_of_several_publishers_in_one_order() {
    List<LiveStage.Reader> readers = IntStream.range(0, 20).mapToObj(i -> opened("r" + i)).toList();
    CountDownLatch start = new CountDownLatch(1);
    List<CompletableFuture<Void>> publishers =
        IntStream.range(0, 4)
            .mapToObj(p -> CompletableFuture.runAsync(() -> publishMany(start, p)))
            .toList();
    start.countDown();
    publishers.forEach(CompletableFuture::join);
    String first = lines(readers.get(0));
    assertThat(first.lines()).hasSize(4 * 200);
    assertThat(readers).allSatisfy(reader -> assertThat(lines(reader)).isEqualTo(first));
  }

  private void publishMany(CountDownLatch start, int publisher) {
    try {
      start.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    for (int i = 0; i < 200; i++) {
      stage.publish(new NumberedLine(publisher * 1_000 + i));
    }
  }

  private static String lines(LiveStage.Reader reader) {
    return String.join(
        "\n", reader.text().lines().filter(line -> line.contains("\"n\":")).toList());
  }

  @Test
  void streams_that_are_replaced_again_and_again_and_take_no_farewell_are_bounded_too() {
    LiveStage small = new LiveStage(2, clock);
    List<LiveStage.Reader> replaced = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      LiveStage.Reader reader = small.attach(open(small, "r1"), Instant.MAX);
      reader.full = true;
      replaced.add(reader);
    }
    assertThatThrownBy(() -> open(small, "r1")).isInstanceOf(Problem.class);
    assertThat(small.sessions.open()).isEqualTo(4);
    replaced.get(0).full = false;
    replaced.get(0).connection.run();
    assertThat(replaced.get(0).text()).contains("\"reason\":\"replaced\"");
    small.attach(open(small, "r1"), Instant.MAX);
    assertThat(small.sessions.open()).isEqualTo(4);
  }

  @Test
  void a_stream_counts_from_when_it_is_let_in_and_no_more_when_it_never_begins() {
    LiveStage small = new LiveStage(100, 2, clock, new ViewerMemory());
    open(small, "r1");
    Sessions.Opened replaced = open(small, "r2");
    assertThatThrownBy(() -> open(small, "r3")).isInstanceOf(Problem.class);
    Sessions.Opened never = open(small, "r2");
    small.sessions.neverBegan(replaced);
    assertThatThrownBy(() -> open(small, "r3")).isInstanceOf(Problem.class);
    small.sessions.neverBegan(never);
    LiveStage.Reader third = small.attach(open(small, "r3"), Instant.MAX);
    assertThatThrownBy(() -> open(small, "r4")).isInstanceOf(Problem.class);
    third.connection.abandon();
    small.attach(open(small, "r4"), Instant.MAX);
  }

  @Test
  void of_two_requests_that_overtake_each_other_the_one_that_arrived_last_counts() {
    Session session = opened("r1").connection.session();
    Subscription wanted = Subscription.device(2, "b", LineFilter.NONE, 0, null);
    Instant first = clock.instant();
    Instant second = first.plusMillis(1);
    Instant third = first.plusMillis(2);
    assertThat(sessions.unsubscribe("ann", "r1", wanted.selector(), second)).isFalse();
    sessions.subscribe("ann", "r1", wanted, first);
    assertThat(session.subscriptions()).doesNotContainKey(2);
    sessions.subscribe("ann", "r1", wanted, third);
    assertThat(sessions.unsubscribe("ann", "r1", wanted.selector(), second)).isTrue();
    assertThat(session.subscriptions()).containsKey(2);
    assertThat(sessions.unsubscribe("ann", "r1", wanted.selector(), third)).isTrue();
    assertThat(session.subscriptions()).doesNotContainKey(2);
  }

  @Test
  void streams_that_take_no_goodbye_count_for_their_subject_after_its_logout_too() {
    LiveStage small = new LiveStage(100, 1, clock, new ViewerMemory());
    List<LiveStage.Reader> stalled = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      LiveStage.Reader reader = small.attach(open(small, "r1"), Instant.MAX);
      reader.full = true;
      stalled.add(reader);
      small.sessions.loggedOut(new LoggedOut("ann"));
      clock.passes(Duration.ofMillis(1));
      small.sessions.tick();
    }
    assertThatThrownBy(() -> open(small, "r1")).isInstanceOf(Problem.class);
    stalled.forEach(reader -> reader.connection.abandon());
    small.sessions.tick();
    small.attach(open(small, "r1"), Instant.MAX);
    assertThat(small.sessions.open()).isEqualTo(1);
  }

  @Test
  void who_never_comes_back_goes_after_the_resume_time() {
    LiveStage.Reader reader = opened("r1");
    sessions.get("ann", "r1").detach(reader.connection, clock.instant());
    clock.passes(Duration.ofSeconds(59));
    sessions.tick();
    assertThat(sessions.all()).hasSize(1);
    clock.passes(Duration.ofSeconds(2));
    sessions.tick();
    assertThat(sessions.all()).isEmpty();
    assertThat(sessions.follows("a")).isFalse();
  }
}
