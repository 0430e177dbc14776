package org.fleetcast.audit;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import org.fleetcast.problem.MinuteLimit;
import org.fleetcast.time.SteadyClock;

/** How many refusals are audited: so many a minute, so that they push out nothing else. */
final class RefusalLimit {
  static final int MOST = 60;

  private static final Logger LOG = System.getLogger(RefusalLimit.class.getName());

  private final MinuteLimit limit;

  RefusalLimit() {
    this(SteadyClock.INSTANCE);
  }

  RefusalLimit(Clock clock) {
    this.limit = new MinuteLimit(MOST, clock);
  }

  /** Whether one more is audited. */
  boolean admits() {
    return limit.admits(
        count -> LOG.log(Level.WARNING, "Refusals were left out of the audit count=" + count));
  }
}
