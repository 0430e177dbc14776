package org.fleetcast.identity;

import java.time.Duration;

/** When a call has to be over. */
final class Deadline {
  private final long end;

  private Deadline(long end) {
    this.end = end;
  }

  static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /** The time that is left; negative when it is over. */
  Duration left() {
    return Duration.ofNanos(end - System.nanoTime());
  }

  /** Too little time is left for the next step. */
  static final class Passed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Passed() {
      super("The time for the call is up");
    }
  }
}
