package org.fleetcast.sink;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * How far the lines were shown. Between two messages, all lines up to one time are in the mailboxes
 * of their followers and no later one is: the time at which a tail ends and live lines go on. Who
 * asks waits for the message that is being shown; that is all that its lock is for.
 */
@Singleton
public class LiveWatermark {
  @GuardedBy("this")
  private long until;

  @Inject
  public LiveWatermark(JournalKeeper keeper) {
    // What the journal holds from before the start is never shown any more.
    this(keeper.journal().lastGiven());
  }

  LiveWatermark(long until) {
    this.until = until;
  }

  /**
   * Shows lines, all of them by the time anybody asks again. What could not be shown has had its
   * turn all the same: a tail reads it.
   */
  synchronized void show(long last, Runnable lines) {
    try {
      lines.run();
    } finally {
      until = last;
    }
  }

  /** The time of the last line shown, in microseconds since 1970. */
  public synchronized long until() {
    return until;
  }
}
