package org.fleetcast.identity;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/** What a setting has to be: a bad one stops the start with a sentence that names its key. */
final class Setting {
  private static final Logger LOG = System.getLogger(Setting.class.getName());

  private Setting() {}

  /** Writes the sentence to the log and gives the failure to throw. */
  static IllegalStateException bad(String sentence) {
    LOG.log(Level.ERROR, sentence);
    return new IllegalStateException(sentence);
  }

  /** A whole number of seconds from 1 to the given most. */
  static Duration seconds(String key, String value, Duration most) {
    if (value.matches("[0-9]{1,9}")) {
      Duration duration = Duration.ofSeconds(Long.parseLong(value));
      if (!duration.isZero() && duration.compareTo(most) <= 0) {
        return duration;
      }
    }
    throw bad(key + " must be a whole number of seconds from 1 to " + most.toSeconds());
  }
}
