package org.fleetcast.live;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The levels that devices send, as the letter that each counts as: words, letters and the numbers
 * of syslog, without regard to case. Filters, history, activity and the console all go by it. The
 * worst comes first.
 */
public enum LogLevel {
  E("e error err critical crit fatal emerg emergency alert panic 0 1 2 3"),
  W("w warning warn wrn 4"),
  I("i information informational info inf notice 5 6"),
  D("d debug dbg c config 7"), // ESPHome's CONFIG is between INFO and DEBUG
  V("v verbose very_verbose vv trace");

  private static final Map<String, LogLevel> BY_SPELLING = bySpelling();
  private static final int LONGEST =
      BY_SPELLING.keySet().stream().mapToInt(String::length).max().orElse(0);

  /** Many loggers fill a level with blanks up to the length of the longest. */
  private static final int PADDING = 8;

  private final List<String> spellings;

  LogLevel(String spellings) {
    this.spellings = List.copyOf(Arrays.asList(spellings.split(" ")));
  }

  private static Map<String, LogLevel> bySpelling() {
    Map<String, LogLevel> all = new HashMap<>();
    for (LogLevel level : values()) {
      level.spellings.forEach(spelling -> all.put(spelling, level));
    }
    return Map.copyOf(all);
  }

  /** The level that was sent; null when it is none that we know. */
  public static @Nullable LogLevel of(@Nullable String sent) {
    if (sent == null || sent.isEmpty() || sent.length() > LONGEST + PADDING) {
      return null;
    }
    return BY_SPELLING.get(sent.strip().toLowerCase(Locale.ROOT));
  }

  /** The letter E, W, I, D or V that a level counts as; null when it is none that we know. */
  public static @Nullable String letter(@Nullable String sent) {
    LogLevel level = of(sent);
    return level == null ? null : level.name();
  }

  /** The level of that very letter, as a filter names it; null when there is none. */
  public static @Nullable LogLevel ofLetter(@Nullable String letter) {
    LogLevel level = of(letter);
    return level != null && level.name().equals(letter) ? level : null;
  }

  /** The level that filters and counts go by: one that is not there or not known counts as I. */
  public static LogLevel counted(@Nullable String sent) {
    LogLevel level = of(sent);
    return level == null ? I : level;
  }

  /** All its spellings, in lower case; whatever their case, they count as this level. */
  public List<String> spellings() {
    return spellings;
  }
}
