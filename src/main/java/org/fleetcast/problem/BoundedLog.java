package org.fleetcast.problem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * A place of the log that callers can reach as often as they like: it writes a few lines a minute,
 * the others only at DEBUG, and says how many they were.
 */
public final class BoundedLog {
  static final int MOST = 5;

  private static final Duration WINDOW = Duration.ofMinutes(1);

  private final Logger log;
  private final Clock clock;

  @GuardedBy("this")
  private @Nullable Instant since;

  @GuardedBy("this")
  private int written;

  @GuardedBy("this")
  private long suppressed;

  public BoundedLog(Logger log) {
    this(log, SteadyClock.INSTANCE);
  }

  BoundedLog(Logger log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  /** Writes the sentence and its cause at this level, or at DEBUG when there were enough. */
  public void log(Level level, String sentence, @Nullable Throwable cause) {
    log.log(isFew(level) ? level : Level.DEBUG, sentence, cause);
  }

  private synchronized boolean isFew(Level level) {
    Instant now = clock.instant();
    if (since == null || !now.isBefore(since.plus(WINDOW))) {
      if (suppressed > 0) {
        log.log(level, "More lines of this kind were suppressed count=" + suppressed);
      }
      since = now;
      written = 0;
      suppressed = 0;
    }
    if (written < MOST) {
      written++;
      return true;
    }
    suppressed++;
    return false;
  }
}
