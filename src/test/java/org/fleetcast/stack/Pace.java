package org.fleetcast.stack;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Turns at even distances; whoever was held up has the missed ones at once. */
public final class Pace {
  private final long start = System.nanoTime();
  private final int perSecond;
  private long turns;

  private Pace(int perSecond) {
    this.perSecond = perSecond;
  }

  /** So many a second, from now on. */
  public static Pace of(int perSecond) {
    return new Pace(perSecond);
  }

  /** Waits for the next one; gives the {@link System#nanoTime} at which it was due. */
  public long next() {
    long due = start + TimeUnit.SECONDS.toNanos(turns++) / perSecond;
    for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
      LockSupport.parkNanos(due - now);
    }
    return due;
  }
}
