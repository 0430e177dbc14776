package org.fleetcast.problem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Lets so much pass in a minute, and counts the rest. */
public final class MinuteLimit {
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private final int most;
  private final Clock clock;

  @GuardedBy("this")
  private @Nullable Instant since;

  @GuardedBy("this")
  private int passed;

  @GuardedBy("this")
  private long leftOut;

  /**
   * A limit whose minutes begin with the first that asks.
   *
   * @param clock a steady one
   */
  public MinuteLimit(int most, Clock clock) {
    this.most = most;
    this.clock = clock;
  }

  /**
   * Whether one more passes.
   *
   * @param told is called with how many did not in the minute before, if there were any
   */
  public synchronized boolean admits(LongConsumer told) {
    Instant now = clock.instant();
    if (since == null || !now.isBefore(since.plus(WINDOW))) {
      if (leftOut > 0) {
        told.accept(leftOut);
      }
      since = now;
      passed = 0;
      leftOut = 0;
    }
    if (passed < most) {
      passed++;
      return true;
    }
    leftOut++;
    return false;
  }
}
