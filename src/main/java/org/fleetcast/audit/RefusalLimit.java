package org.fleetcast.audit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.fleetcast.time.SteadyClock;

/** How many refusals are told: so many a minute, so that they push out nothing else. */
final class RefusalLimit {
  static final int MOST = 60;

  private static final Logger LOG = System.getLogger(RefusalLimit.class.getName());
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private final Clock clock;

  @GuardedBy("this")
  private Instant since;

  @GuardedBy("this")
  private int told;

  @GuardedBy("this")
  private long untold;

  RefusalLimit() {
    this(SteadyClock.INSTANCE);
  }

  RefusalLimit(Clock clock) {
    this.clock = clock;
    this.since = clock.instant();
  }

  /** Whether one more is told. */
  synchronized boolean admits() {
    Instant now = clock.instant();
    if (!now.isBefore(since.plus(WINDOW))) {
      if (untold > 0) {
        LOG.log(Level.WARNING, "Refusals were left out of the audit count=" + untold);
      }
      since = now;
      told = 0;
      untold = 0;
    }
    if (told < MOST) {
      told++;
      return true;
    }
    untold++;
    return false;
  }
}
