package org.fleetcast.history;

import java.util.List;
import org.fleetcast.live.CaseFolding;

/**
 * A regular expression for Elasticsearch, which disregards the case of ASCII letters only, that
 * finds all that a {@link Glob} matches. It may find more: where the pattern is too long for
 * Elasticsearch, or has so many {@code ?} that its automaton would grow without end.
 */
final class LuceneRegexp {
  /** Elasticsearch takes no longer ones, unless an index says so. */
  static final int MAX_LENGTH = 1_000;

  private static final int MAX_SINGLE = 6;
  private static final String ANY = ".*";

  private final StringBuilder text = new StringBuilder();
  private int single;

  private LuceneRegexp() {}

  /** The expression, to be read without regard to the case of ASCII letters and without flags. */
  static String of(Glob glob) {
    LuceneRegexp regexp = new LuceneRegexp();
    for (int part : glob.parts()) {
      if (!regexp.take(part)) {
        regexp.any();
        break;
      }
    }
    return regexp.text.toString();
  }

  private boolean take(int part) {
    if (part == Glob.ANY || (part == Glob.ONE && ++single > MAX_SINGLE)) {
      any();
      return true;
    }
    String next = part == Glob.ONE ? "." : literal(part);
    if (text.length() + next.length() > MAX_LENGTH - ANY.length()) {
      return false;
    }
    text.append(next);
    return true;
  }

  private void any() {
    if (!text.toString().endsWith(ANY)) {
      text.append(ANY);
    }
  }

  private static String literal(int folded) {
    List<Integer> variants = CaseFolding.variants(folded);
    if (folded < 0x80 && variants.stream().allMatch(variant -> variant < 0x80)) {
      return Character.isLetterOrDigit(folded) ? Character.toString(folded) : "\\" + (char) folded;
    }
    if (folded >= Character.MIN_SURROGATE && folded <= Character.MAX_SURROGATE) {
      return "."; // half a character, which no stored message has
    }
    if (variants.size() == 1) {
      return Character.toString(folded);
    }
    StringBuilder any = new StringBuilder("[");
    variants.forEach(any::appendCodePoint);
    return any.append(']').toString();
  }
}
