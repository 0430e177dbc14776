package org.fleetcast.problem;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * A place of the log that callers can reach as often as they like: it writes a few lines a minute,
 * the others only at DEBUG, and says how many they were.
 */
public final class BoundedLog {
  static final int MOST = 5;

  private final Logger log;
  private final MinuteLimit limit;

  public BoundedLog(Logger log) {
    this(log, SteadyClock.INSTANCE);
  }

  BoundedLog(Logger log, Clock clock) {
    this.log = log;
    this.limit = new MinuteLimit(MOST, clock);
  }

  /** Writes the sentence and its cause at this level, or at DEBUG when there were enough. */
  public void log(Level level, String sentence, @Nullable Throwable cause) {
    log.log(isFew(level) ? level : Level.DEBUG, sentence, cause);
  }

  private boolean isFew(Level level) {
    return limit.admits(
        count -> log.log(level, "More lines of this kind were suppressed count=" + count));
  }
}
