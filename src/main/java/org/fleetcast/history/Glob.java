package org.fleetcast.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fleetcast.live.CaseFolding;
import org.fleetcast.problem.Problem;

/**
 * A wildcard query over a whole message, without regard to case ({@link CaseFolding}): {@code *} is
 * any text, {@code ?} any one character, {@code \} takes the next one for no wildcard.
 */
final class Glob {
  static final int MAX_LENGTH = 1_000;
  static final int MAX_WILDCARDS = 50;

  /** Longer messages are not matched: Elasticsearch does not index them whole. */
  static final int MAX_MESSAGE = 8_191;

  /** Any text, in {@link #parts}. */
  static final int ANY = -1;

  /** Any one code point. */
  static final int ONE = -2;

  private final int[] parts;

  private Glob(List<Integer> parts) {
    this.parts = parts.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Reads a query.
   *
   * @throws Problem 400 when it is too long or has too many wildcards
   */
  static Glob of(String query) {
    if (query.codePointCount(0, query.length()) > MAX_LENGTH) {
      throw Problem.invalid("query", "must have at most " + MAX_LENGTH + " characters");
    }
    Glob glob = pattern(query);
    if (Arrays.stream(glob.parts).filter(part -> part < 0).count() > MAX_WILDCARDS) {
      throw Problem.invalid("query", "must have at most " + MAX_WILDCARDS + " wildcards");
    }
    return glob;
  }

  /** Reads a pattern, however long. */
  static Glob pattern(String pattern) {
    List<Integer> parts = new ArrayList<>();
    int[] text = pattern.codePoints().toArray();
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\\' && i + 1 < text.length) {
        i++;
        parts.add(CaseFolding.fold(text[i]));
      } else {
        parts.add(part(text[i]));
      }
    }
    return new Glob(parts);
  }

  private static int part(int c) {
    return switch (c) {
      case '*' -> ANY;
      case '?' -> ONE;
      default -> CaseFolding.fold(c);
    };
  }

  /** What matches a message that contains a text. */
  static Glob containing(String text) {
    List<Integer> parts = new ArrayList<>();
    parts.add(ANY);
    text.codePoints().forEach(c -> parts.add(CaseFolding.fold(c)));
    parts.add(ANY);
    return new Glob(parts);
  }

  /** Its parts in order: folded code points, {@link #ANY} and {@link #ONE}. */
  int[] parts() {
    return parts.clone();
  }

  boolean matches(String message) {
    return message.length() <= MAX_MESSAGE
        && matches(message.codePoints().map(CaseFolding::fold).toArray());
  }

  /** Greedy with one way back, to the last star: linear for what people type. */
  private boolean matches(int[] text) {
    int p = 0;
    int t = 0;
    int star = -1;
    int mark = 0;
    while (t < text.length) {
      if (p < parts.length && parts[p] == ANY) {
        star = p++;
        mark = t;
      } else if (p < parts.length && (parts[p] == ONE || parts[p] == text[t])) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++mark;
      } else {
        return false;
      }
    }
    while (p < parts.length && parts[p] == ANY) {
      p++;
    }
    return p == parts.length;
  }
}
