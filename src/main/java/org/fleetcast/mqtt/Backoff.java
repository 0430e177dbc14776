package org.fleetcast.mqtt;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before connecting again: growing from one second to thirty, jittered. */
final class Backoff {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private Backoff() {}

  /**
   * The wait after so many failures in a row (0 is the first), between half and all of its step.
   */
  static Duration delay(int failures, RandomGenerator random) {
    long step = Math.min(LONGEST.toMillis(), FIRST.toMillis() << Math.min(failures, 5));
    return Duration.ofMillis(step / 2 + random.nextLong(step / 2 + 1));
  }
}
