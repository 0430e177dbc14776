package org.fleetcast.sink;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.LongPredicate;

/** Gives lines their times and ids, strictly increasing, also over a restart. */
final class LineIds {
  private static final Logger LOG = System.getLogger(LineIds.class.getName());
  private static final Duration CLOCK_FELL_BACK = Duration.ofSeconds(60);
  private static final char[] ALPHABET = "abcdefghijklmnopqrstuvwxyz234567".toCharArray();

  private String suffix;
  private volatile long lastAt;

  /** Goes on from what was saved. */
  LineIds(Map<String, String> saved, Instant now) {
    lastAt = Long.parseLong(saved.getOrDefault("last", Long.toString(LogTime.micros(now) - 1)));
    suffix = saved.getOrDefault("suffix", newSuffix());
  }

  /** Goes on from what another process saved. */
  void goOn(Map<String, String> saved) {
    lastAt = Long.parseLong(saved.getOrDefault("last", Long.toString(lastAt)));
    suffix = saved.getOrDefault("suffix", suffix);
  }

  void save(Map<String, String> state) {
    state.put("last", Long.toString(lastAt));
    state.put("suffix", suffix);
  }

  /** The last time given, in microseconds since 1970. */
  long last() {
    return lastAt;
  }

  /**
   * The next time and id. When the clock fell back by more than a minute it is followed, with a new
   * suffix that keeps the ids apart.
   *
   * @param occupied whether a line has that time already
   */
  JournalLine.Stamp next(Instant now, LongPredicate occupied) {
    long at = LogTime.micros(now);
    if (at < lastAt - CLOCK_FELL_BACK.toSeconds() * 1_000_000) {
      LOG.log(Level.WARNING, "The clock fell back, following it to=" + LogTime.text(at));
      suffix = newSuffix();
    } else {
      at = Math.max(at, lastAt + 1);
    }
    while (occupied.test(at)) {
      at++; // a line from before the clock fell back
    }
    lastAt = at;
    return new JournalLine.Stamp(at, at + "-" + suffix);
  }

  private static String newSuffix() {
    SecureRandom random = new SecureRandom();
    StringBuilder made = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      made.append(ALPHABET[random.nextInt(ALPHABET.length)]);
    }
    return made.toString();
  }
}
