package org.fleetcast.problem;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/** What a setting has to be: a bad one stops the start with a sentence that names its key. */
public final class Setting {
  private static final Logger LOG = System.getLogger(Setting.class.getName());
  private static final Set<String> YES = Set.of("true", "yes", "y", "on", "1");
  private static final Set<String> NO = Set.of("false", "no", "n", "off", "0");

  private Setting() {}

  /** Writes the sentence to the log and returns the failure to throw. */
  public static IllegalStateException bad(String sentence) {
    LOG.log(Level.ERROR, sentence);
    return new Refusal(sentence);
  }

  /** The same, because of a failure, of which the log gets what it says. */
  public static IllegalStateException bad(String sentence, Throwable cause) {
    LOG.log(
        Level.ERROR,
        sentence + " cause=" + String.valueOf(cause.getMessage()).replaceAll("\\s+", " "));
    return new Refusal(sentence);
  }

  /** The server's output folder, which Liberty passes to every process. */
  public static Path outputFolder() {
    String output = System.getenv("WLP_OUTPUT_DIR");
    String server = System.getProperty("wlp.server.name", "fleetcast");
    return Path.of(
        System.getProperty("server.output.dir", output == null ? "." : output + "/" + server));
  }

  /** A whole number from 1 to the given most. */
  public static long positive(String key, String value, long most) {
    return number(key, value, 1, most);
  }

  /** A whole number from one to another. */
  public static long number(String key, String value, long least, long most) {
    return whole(key, value, least, most, "a whole number");
  }

  /** A whole number of seconds from 1 to the given most. */
  public static Duration seconds(String key, String value, Duration most) {
    return Duration.ofSeconds(whole(key, value, 1, most.toSeconds(), "a whole number of seconds"));
  }

  private static long whole(String key, String value, long least, long most, String what) {
    String text = value.strip();
    if (text.matches("[0-9]{1,18}")) {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw bad(key + " must be " + what + " from " + least + " to " + most);
  }

  /**
   * A name that others have to know to the letter: blanks or quotes around it, as a file of
   * settings may bring with it, are no part of any.
   */
  public static String name(String key, String value) {
    if (value.isBlank() || !value.equals(value.strip()) || value.matches("\".*\"|'.*'")) {
      throw bad(key + " must not be empty, nor have blanks or quotes around it");
    }
    return value;
  }

  /** Whether something is switched on: {@code true} or {@code false}, or another word for it. */
  public static boolean flag(String key, String value) {
    String text = value.strip().toLowerCase(Locale.ROOT);
    if (!YES.contains(text) && !NO.contains(text)) {
      throw bad(key + " must be true or false");
    }
    return YES.contains(text);
  }

  /**
   * A bad setting. The sentence is all that helps, so there is no stack trace: the container prints
   * it several times.
   */
  private static final class Refusal extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    Refusal(String sentence) {
      super(sentence);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }
}
