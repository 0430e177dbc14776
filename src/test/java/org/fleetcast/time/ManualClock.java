package org.fleetcast.time;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands still until a test says how much time passes. */
public class ManualClock extends Clock {
  private volatile Instant now;

  public ManualClock() {
    this(SteadyClock.now());
  }

  public ManualClock(Instant now) {
    this.now = now;
  }

  /** Lets time pass. */
  public void passes(Duration time) {
    now = now.plus(time);
  }

  @Override
  public Instant instant() {
    return now;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
