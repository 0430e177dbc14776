package org.fleetcast.time;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * A clock that only goes forward, at the pace of {@link System#nanoTime}, whatever the wall clock
 * is set to. Its instants are for comparing with each other, never for telling the time or for
 * keeping: after a restart they begin anew.
 */
public final class SteadyClock extends Clock {
  /** The one of the process. */
  public static final SteadyClock INSTANCE = new SteadyClock();

  private final Instant origin = Instant.EPOCH.plusSeconds(1_000_000_000);
  private final long start = System.nanoTime();

  private SteadyClock() {}

  /** The moment on the steady clock. */
  public static Instant now() {
    return INSTANCE.instant();
  }

  @Override
  public Instant instant() {
    return origin.plusNanos(System.nanoTime() - start);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  /**
   * @throws UnsupportedOperationException always: its instants are no times of day
   */
  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("A steady clock tells no time of day");
  }
}
