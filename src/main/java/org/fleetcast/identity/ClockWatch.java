package org.fleetcast.identity;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.fleetcast.problem.BoundedLog;
import org.jspecify.annotations.Nullable;

/** Says in the log when the provider's clock differs from ours by more than is allowed. */
final class ClockWatch {
  private static final Logger LOG = System.getLogger(ClockWatch.class.getName());

  private final BoundedLog log = new BoundedLog(LOG);
  private final Duration skew;
  private final Clock clock;

  ClockWatch(Duration skew, Clock clock) {
    this.skew = skew;
    this.clock = clock;
  }

  /** Looks at a header {@code Date}, which not every provider sends. */
  void seeHeader(@Nullable String date) {
    if (date != null) {
      try {
        see(ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      } catch (DateTimeParseException malformed) {
        LOG.log(Level.DEBUG, "The login provider sends a date that is none");
      }
    }
  }

  /** Looks at what the provider's clock showed a moment ago. */
  void see(Instant theirs) {
    Duration apart = Duration.between(theirs, clock.instant());
    if (isTooFar(apart)) {
      log.log(
          Level.WARNING,
          "The clocks of the login provider and of this machine differ by more than"
              + " OIDC_CLOCK_SKEW_SECONDS: its tokens may be refused seconds="
              + apart.toSeconds(),
          null);
    }
  }

  boolean isTooFar(Duration apart) {
    return apart.abs().compareTo(skew.plusSeconds(1)) > 0; // a second is their unit
  }
}
