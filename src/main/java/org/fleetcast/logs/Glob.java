package org.fleetcast.logs;

import org.fleetcast.problem.Problem;

/**
 * A wildcard query over a whole message, without regard to the case of ASCII letters: {@code *} is
 * any text, {@code ?} any one character, {@code \} takes the next one for no wildcard.
 * Elasticsearch reads the same text; this is how the journal's lines are matched, by its rules.
 */
record Glob(String pattern) {
  static final int MAX_LENGTH = 1_000;
  static final int MAX_WILDCARDS = 50;

  /** Messages longer than this are not matched, because Elasticsearch does not index them whole. */
  static final int MAX_MESSAGE = 8_191;

  /**
   * Reads a query.
   *
   * @throws Problem 400 when it is too long or has too many wildcards
   */
  static Glob of(String query) {
    if (query.length() > MAX_LENGTH) {
      throw Problem.invalid("query", "must have at most " + MAX_LENGTH + " characters");
    }
    if (query.chars().filter(c -> c == '*' || c == '?').count() > MAX_WILDCARDS) {
      throw Problem.invalid("query", "must have at most " + MAX_WILDCARDS + " wildcards");
    }
    return new Glob(query);
  }

  boolean matches(String message) {
    return message.length() <= MAX_MESSAGE
        && matches(
            pattern.codePoints().map(Glob::folded).toArray(),
            message.codePoints().map(Glob::folded).toArray());
  }

  /** Elasticsearch disregards the case of ASCII letters only. */
  private static int folded(int c) {
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  }

  /** Greedy with one way back, to the last star: linear for what people type. */
  private static boolean matches(int[] pattern, int[] text) {
    int p = 0;
    int t = 0;
    int star = -1;
    int mark = 0;
    while (t < text.length) {
      if (p < pattern.length && pattern[p] == '*') {
        star = p++;
        mark = t;
      } else if (p < pattern.length && one(pattern, p, text[t])) {
        p += width(pattern, p);
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++mark;
      } else {
        return false;
      }
    }
    while (p < pattern.length && pattern[p] == '*') {
      p++;
    }
    return p == pattern.length;
  }

  private static boolean one(int[] pattern, int p, int c) {
    if (pattern[p] == '\\' && p + 1 < pattern.length) {
      return pattern[p + 1] == c;
    }
    return pattern[p] == '?' || pattern[p] == c;
  }

  private static int width(int[] pattern, int p) {
    return pattern[p] == '\\' && p + 1 < pattern.length ? 2 : 1;
  }
}
