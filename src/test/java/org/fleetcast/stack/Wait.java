package org.fleetcast.stack;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;

/** Waits for a child to be of use. */
final class Wait {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long SECONDS_BETWEEN_NEWS = 5;
  private static final int TAIL_LINES = 40;

  private Wait() {}

  /**
   * Returns when the child is ready; if it never is, throws with what the child said last.
   *
   * @param hopeless what the child says when it will never be ready
   */
  static void until(
      String what,
      Child child,
      String hopeless,
      Duration limit,
      Progress progress,
      Callable<Boolean> isReady) {
    AtomicLong told = new AtomicLong();
    try {
      await(what)
          .atMost(limit)
          .pollInterval(POLL)
          .failFast(what + " gave up", () -> !child.isAlive() || child.said().contains(hopeless))
          .conditionEvaluationListener(
              seen -> tell(what, seen.getElapsedTimeInMS() / 1000, told, progress))
          .until(isReady);
    } catch (ConditionTimeoutException | TerminalFailureException never) {
      throw new IllegalStateException(
          what + " did not start; it said last:\n" + child.tail(TAIL_LINES), never);
    }
  }

  private static void tell(String what, long seconds, AtomicLong told, Progress progress) {
    if (seconds >= told.get() + SECONDS_BETWEEN_NEWS) {
      told.set(seconds);
      progress.say("waiting for " + what + ", " + seconds + " s");
    }
  }
}
