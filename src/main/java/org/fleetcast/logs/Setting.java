package org.fleetcast.logs;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** What a setting has to be: a bad one stops the start with a sentence that names its key. */
final class Setting {
  private static final Logger LOG = System.getLogger(Setting.class.getName());

  private Setting() {}

  /** Writes the sentence to the log and gives the failure to throw. */
  static IllegalStateException bad(String sentence) {
    LOG.log(Level.ERROR, sentence);
    return new IllegalStateException(sentence);
  }

  /** The same, because of a failure. */
  static IllegalStateException bad(String sentence, Throwable cause) {
    LOG.log(Level.ERROR, sentence, cause);
    return new IllegalStateException(sentence, cause);
  }

  /** A whole number from 1 to the given most. */
  static long positive(String key, String value, long most) {
    if (value.matches("[0-9]{1,18}")) {
      long number = Long.parseLong(value);
      if (number >= 1 && number <= most) {
        return number;
      }
    }
    throw bad(key + " must be a whole number from 1 to " + most);
  }
}
