package org.fleetcast.problem;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/** What a setting has to be: a bad one stops the start with a sentence that names its key. */
public final class Setting {
  private static final Logger LOG = System.getLogger(Setting.class.getName());

  private Setting() {}

  /** Writes the sentence to the log and gives the failure to throw. */
  public static IllegalStateException bad(String sentence) {
    LOG.log(Level.ERROR, sentence);
    return new IllegalStateException(sentence);
  }

  /** The same, because of a failure. */
  public static IllegalStateException bad(String sentence, Throwable cause) {
    LOG.log(Level.ERROR, sentence, cause);
    return new IllegalStateException(sentence, cause);
  }

  /** A whole number from 1 to the given most. */
  public static long positive(String key, String value, long most) {
    if (value.matches("[0-9]{1,18}")) {
      long number = Long.parseLong(value);
      if (number >= 1 && number <= most) {
        return number;
      }
    }
    throw bad(key + " must be a whole number from 1 to " + most);
  }

  /** A whole number of seconds from 1 to the given most. */
  public static Duration seconds(String key, String value, Duration most) {
    if (value.matches("[0-9]{1,9}")) {
      Duration duration = Duration.ofSeconds(Long.parseLong(value));
      if (!duration.isZero() && duration.compareTo(most) <= 0) {
        return duration;
      }
    }
    throw bad(key + " must be a whole number of seconds from 1 to " + most.toSeconds());
  }
}
