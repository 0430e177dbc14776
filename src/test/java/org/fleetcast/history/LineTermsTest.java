package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineTermsTest {
  private static final List<String> NONE = List.of();

  @Test
  void nothing_asked_for_lets_every_line_pass() {
    assertThat(LineTerms.of(List.of("", " "), null, List.of(""), NONE)).isEqualTo(LineTerms.NONE);
    assertThat(LineTerms.NONE.passes(line("anything", null))).isTrue();
  }

  @Test
  void a_line_has_none_of_the_excluded_texts_in_whatever_case() {
    LineTerms terms = LineTerms.of(List.of("Noise", "\u00c9TAT"), null, NONE, NONE);
    assertThat(terms.passes(line("signal", null))).isTrue();
    assertThat(terms.passes(line("a NOISE", null))).isFalse();
    assertThat(terms.passes(line("\u00e9tat", null))).isFalse();
  }

  @Test
  void a_line_has_one_of_the_tags_and_none_of_the_excluded_ones_exactly() {
    LineTerms some = LineTerms.of(NONE, null, List.of("wifi", "boot"), NONE);
    assertThat(some.passes(line("", "boot"))).isTrue();
    assertThat(some.passes(line("", "Boot"))).isFalse();
    assertThat(some.passes(line("", null))).isFalse();
    LineTerms others = LineTerms.of(NONE, null, NONE, List.of("wifi"));
    assertThat(others.passes(line("", "wifi"))).isFalse();
    assertThat(others.passes(line("", null))).isTrue();
  }

  @Test
  void a_regular_expression_is_found_anywhere_in_a_message() {
    LineTerms terms = LineTerms.of(NONE, "he[a-z]p: \\d+ left$", NONE, NONE);
    assertThat(terms.passes(line("I (1) heap: 12 left", null))).isTrue();
    assertThat(terms.passes(line("I (1) Heap: 12 left", null))).isFalse();
    assertThat(terms.passes(line("I (1) heap: 12 left.", null))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "(?=a)", "(a)\\1", "((a{100}){100}){100}", "a{501}"})
  void a_regular_expression_that_cannot_be_bounded_is_refused(String regex) {
    assertThatThrownBy(() -> LineTerms.of(NONE, regex, NONE, NONE)).isInstanceOf(Problem.class);
  }

  @Test
  void no_pattern_holds_up_the_reader_of_the_longest_line() {
    LineTerms terms = LineTerms.of(NONE, "(a*)*(a|aa)+[ab]{50}c", NONE, NONE);
    assertThat(terms.passes(line("a".repeat(256 * 1024), null))).isFalse();
  }

  @Test
  void too_many_or_too_long_values_are_refused() {
    List<String> many = IntStream.range(0, 17).mapToObj(String::valueOf).toList();
    List<String> same = Collections.nCopies(17, "x");
    assertThat(LineTerms.of(same, null, NONE, NONE).without()).containsExactly("x");
    assertThatThrownBy(() -> LineTerms.of(many, null, NONE, NONE)).isInstanceOf(Problem.class);
    assertThatThrownBy(() -> LineTerms.of(NONE, null, List.of("x".repeat(257)), NONE))
        .isInstanceOf(Problem.class);
    assertThatThrownBy(() -> LineTerms.of(NONE, "x".repeat(257), NONE, NONE))
        .isInstanceOf(Problem.class);
  }

  private static StoredLine line(String message, @Nullable String tag) {
    return new StoredLine(1, "id", "entity", message, null, tag, null, null);
  }
}
