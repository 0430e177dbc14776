package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
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
      List.of(
          "prepare",
          "prepared",
          "getAsyncContext",
          "setTimeout",
          "setStatus",
          "flushBuffer",
          "getOutputStream");

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
      streams.open(stage.request(), "r1", stage::prepare);
    } catch (RuntimeException | Error refused) {
      assertThat(refused).isSameAs(failure);
    }
    assertThat(stage.sessions.open()).isZero();
    assertThat(stage.held).hasValue(0);
    assertThat(stage.sessions.follows("a")).isEqualTo(!stage.sessions.all().isEmpty());

    stage.failing = null;
    streams.open(stage.request(), "r1", stage::prepare);
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
      streams.open(stage.request(), "r1", stage::prepare);
    } catch (RuntimeException | Error refused) {
      assertThat(refused).isSameAs(failure);
    }
    // It was replaced, or nothing had been done to it yet.
    assertThat(stage.sessions.open()).isEqualTo(before.ended ? 0 : 1);
    assertThat(stage.sessions.get("ann", "r1")).isSameAs(before.connection.session());
  }

  @Test
  void a_stream_whose_writer_takes_no_more_tasks_leaves_its_place() throws IOException {
    stage.writers.stop();
    streams.open(stage.request(), "r1", stage::prepare);
    assertThat(stage.sessions.open()).isZero();
    assertThat(stage.held).hasValue(0);
  }
}
