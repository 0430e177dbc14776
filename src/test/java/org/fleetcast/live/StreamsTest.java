package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StreamsTest {
  private final LiveStage stage = new LiveStage(1);
  private final Streams streams = stage.streams();

  private static final List<String> OF_A_NEW_SESSION = List.of("newBroadcaster", "register");
  private static final List<String> OF_A_STREAM =
      List.of("getAsyncContext", "setTimeout", "setStatus", "flushBuffer", "getOutputStream");

  static Stream<Arguments> failures() {
    return Stream.concat(OF_A_NEW_SESSION.stream().flatMap(StreamsTest::ways), failuresAgain());
  }

  static Stream<Arguments> failuresAgain() {
    return OF_A_STREAM.stream().flatMap(StreamsTest::ways);
  }

  private static Stream<Arguments> ways(String step) {
    Stream<Throwable> bugs =
        Stream.of(new IllegalStateException("injected"), new StackOverflowError("injected"));
    Stream<Throwable> gone =
        List.of("flushBuffer", "getOutputStream").contains(step)
            ? Stream.of(new IOException("injected"))
            : Stream.empty();
    return Stream.concat(bugs, gone).map(failure -> Arguments.of(step, failure));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void a_stream_that_cannot_be_opened_leaves_its_place_and_its_subscriptions(
      String step, Throwable failure) throws IOException {
    stage.failing = step;
    stage.failure = failure;
    try {
      streams.open(stage.request(), "r1", LiveStage.A);
    } catch (RuntimeException | Error refused) {
      assertThat(refused).isSameAs(failure);
    }
    assertThat(stage.sessions.open()).isZero();
    assertThat(stage.held).hasValue(0);
    assertThat(stage.sessions.follows("a")).isEqualTo(!stage.sessions.all().isEmpty());

    stage.failing = null;
    streams.open(stage.request(), "r1", LiveStage.A);
    assertThat(stage.sessions.open()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("failuresAgain")
  void a_stream_that_cannot_be_resumed_leaves_the_one_before_or_a_place(
      String step, Throwable failure) throws IOException {
    LiveStage.Reader before = stage.attach(stage.open("r1", SteadyClock.now()), Instant.MAX);
    stage.failing = step;
    stage.failure = failure;
    try {
      streams.open(stage.request(), "r1", LiveStage.A);
    } catch (RuntimeException | Error refused) {
      assertThat(refused).isSameAs(failure);
    }
    // It was replaced, or nothing had been done to it yet.
    assertThat(stage.sessions.open()).isEqualTo(before.ended ? 0 : 1);
    assertThat(stage.sessions.get("ann", "r1")).isSameAs(before.connection.session());
  }

  @Test
  void a_stream_that_may_not_follow_what_it_asks_for_leaves_the_one_before() throws IOException {
    LiveStage.Reader before = stage.attach(stage.open("r1", SteadyClock.now()), Instant.MAX);
    for (int device = 2; device <= stage.limits.subscriptions(); device++) {
      before.connection.session().subscribe(device(device), stage.limits.subscriptions());
    }
    assertThatThrownBy(() -> streams.open(stage.request(), "r1", device(0)))
        .isInstanceOfSatisfying(
            Problem.class,
            refused -> assertThat(refused.code()).isEqualTo(ProblemCode.TOO_MANY_CONNECTIONS));
    assertThat(before.ended).isFalse();
    assertThat(stage.sessions.open()).isEqualTo(1);
  }

  /** As far as the clocks may differ such a token is good for other requests. */
  @Test
  void a_token_that_is_over_opens_no_stream_and_leaves_the_one_before() {
    LiveStage.Reader before = stage.attach(stage.open("r1", SteadyClock.now()), Instant.MAX);
    stage.tokenLife = Duration.ofSeconds(-1);
    assertThatThrownBy(() -> streams.open(stage.request(), "r1", LiveStage.A))
        .isInstanceOfSatisfying(
            Problem.class,
            refused -> assertThat(refused.code()).isEqualTo(ProblemCode.AUTHENTICATION_REQUIRED));
    assertThat(before.ended).isFalse();
    assertThat(stage.sessions.open()).isEqualTo(1);
  }

  @Test
  void the_last_event_is_that_of_the_query_where_the_header_is_empty() {
    StreamRequest request = new StreamRequest();
    request.lastIdHeader = "";
    request.lastIdParameter = "1771237800123456";
    assertThat(request.lastId()).isEqualTo(EventId.of("1771237800123456"));
    request.lastIdHeader = "1771237800123457";
    assertThat(request.lastId()).isEqualTo(EventId.of("1771237800123457"));
    request.lastIdHeader = null;
    request.lastIdParameter = "";
    assertThat(request.lastId()).isNull();
  }

  @Test
  void a_viewer_who_comes_again_without_an_id_gets_the_tail_however_soon_it_is_read() {
    NumberedLine line = new NumberedLine(1);
    stage.publish(line);
    stage.earlier.stored =
        new Tail(new Scope.Entity("a"), Tail.events(List.of(line)), line.at(), 0);
    for (int time = 0; time < 2; time++) {
      Subscription tail = Subscription.device(1, "a", LineFilter.NONE, 5, null);
      Sessions.Opened opened = stage.open("r1", SteadyClock.now(), tail);
      assertThat(stage.attach(opened, Instant.MAX).text()).contains("event: device-logs");
    }
  }

  private static Subscription device(int id) {
    return Subscription.device(id, "a", LineFilter.NONE, 0, null);
  }

  @Test
  void a_stream_whose_writer_takes_no_more_tasks_leaves_its_place() throws IOException {
    stage.writers.stop();
    streams.open(stage.request(), "r1", LiveStage.A);
    assertThat(stage.sessions.open()).isZero();
    assertThat(stage.held).hasValue(0);
  }
}
