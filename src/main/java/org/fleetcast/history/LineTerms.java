package org.fleetcast.history;

import java.util.List;
import org.fleetcast.devices.LinearPattern;
import org.fleetcast.live.CaseFolding;
import org.fleetcast.live.LineFilter;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/**
 * What else stored lines have to satisfy than a {@link LineFilter}, which streams have too.
 *
 * @param without texts of which the message contains none, whatever the case
 * @param regex what the message contains; null for anything
 * @param tags of which the line has one; empty for any
 * @param withoutTags of which it has none
 */
record LineTerms(
    List<String> without,
    @Nullable LinearPattern regex,
    List<String> tags,
    List<String> withoutTags) {
  /** Satisfied by every line. */
  static final LineTerms NONE = new LineTerms(List.of(), null, List.of(), List.of());

  /** As many texts or tags of each kind. */
  static final int MAX_VALUES = 16;

  /** The longest regular expression. */
  static final int MAX_REGEX = 256;

  /**
   * The largest one, its repetitions written out: the longest message, a quarter of a million
   * characters, takes it about a second.
   */
  static final int MAX_WRITTEN = 500;

  LineTerms {
    without = without.stream().map(CaseFolding::fold).toList();
    tags = List.copyOf(tags);
    withoutTags = List.copyOf(withoutTags);
  }

  /**
   * Reads what was asked for; blank values ask for nothing.
   *
   * @throws Problem 400 when there are too many values, or one is not what it may be
   */
  static LineTerms of(
      List<String> without, @Nullable String regex, List<String> tags, List<String> withoutTags) {
    return new LineTerms(
        values("without", without),
        regex == null ? null : pattern(regex),
        values("tag", tags),
        values("without_tag", withoutTags));
  }

  private static List<String> values(String name, List<String> values) {
    List<String> given = values.stream().filter(value -> !value.isBlank()).distinct().toList();
    if (given.size() > MAX_VALUES || given.stream().anyMatch(LineFilter::isTooLong)) {
      throw Problem.invalid(
          name,
          "must be at most %d values of at most %d characters"
              .formatted(MAX_VALUES, LineFilter.MAX_CONTAINS));
    }
    return given;
  }

  private static LinearPattern pattern(String regex) {
    if (regex.length() > MAX_REGEX || LinearPattern.written(regex) > MAX_WRITTEN) {
      throw Problem.invalid(
          "regex",
          "must have at most %d characters, and %d with its repetitions written out"
              .formatted(MAX_REGEX, MAX_WRITTEN));
    }
    try {
      return LinearPattern.of(regex);
    } catch (LinearPattern.Unusable unusable) {
      throw Problem.invalid("regex", "cannot be used: " + unusable.getMessage());
    }
  }

  boolean passes(StoredLine row) {
    return tagged(row.tag()) && !excluded(row.message()) && matches(row.message());
  }

  private boolean tagged(@Nullable String tag) {
    boolean wanted = tags.isEmpty() || (tag != null && tags.contains(tag));
    return wanted && (tag == null || !withoutTags.contains(tag));
  }

  private boolean excluded(String message) {
    if (without.isEmpty()) {
      return false;
    }
    String folded = CaseFolding.fold(message);
    return without.stream().anyMatch(folded::contains);
  }

  private boolean matches(String message) {
    return regex == null || regex.finds(message);
  }
}
