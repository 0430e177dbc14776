package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.fleetcast.live.CaseFolding;
import org.fleetcast.live.LineFields;
import org.fleetcast.live.LineFilter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LuceneRegexpTest {
  private static final String[] LETTERS = {
    "a",
    "A",
    "k",
    "K",
    "\u212a",
    "s",
    "\u017f",
    "S",
    "i",
    "I",
    "\u0130",
    "\u0131",
    "ü",
    "Ü",
    "ß",
    "\u1e9e",
    "σ",
    "ς",
    "Σ",
    "\ud83d\ude00",
    "\ud801\udc00",
    "\ud801\udc28",
    ".",
    "(",
    "5",
    "#"
  };

  @ParameterizedTest
  @CsvSource({
    "wifi,w[iIİı]f[iIİı]",
    "*tür?,.*t[üÜ]r.",
    "a.b(c)#,a\\.b\\(c\\)\\#",
    "\\*\\?,\\*\\?",
    "日本,日本",
    "**a*,.*a.*"
  })
  void a_letter_is_any_that_counts_as_the_same(String query, String regexp) {
    assertThat(sorted(LuceneRegexp.of(Glob.of(query)))).isEqualTo(sorted(regexp));
  }

  /** The order within brackets does not matter. */
  private static String sorted(String regexp) {
    return Pattern.compile("(?<=\\[)[^]]+")
        .matcher(regexp)
        .replaceAll(
            found ->
                found
                    .group()
                    .codePoints()
                    .sorted()
                    .collect(
                        StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString());
  }

  @Test
  void what_would_be_too_long_or_too_wild_finds_more_instead() {
    String regexp = LuceneRegexp.of(Glob.containing("ü".repeat(256)));
    assertThat(regexp).endsWith("[üÜ].*").hasSizeBetween(990, LuceneRegexp.MAX_LENGTH);
    assertThat(LuceneRegexp.of(Glob.of("*" + "a?".repeat(49))))
        .isEqualTo(".*" + "a.".repeat(6) + "a.*".repeat(43));
  }

  @Property(tries = 3_000, seed = "1")
  void a_query_matches_by_the_rule_and_what_elasticsearch_is_asked_for_has_it(
      @ForAll("patterns") String query, @ForAll("messages") String message) {
    boolean matches = Glob.of(query).matches(message);
    assertThat(matches).isEqualTo(naive(query, message));
    if (matches) {
      assertThat(asLuceneDoes(LuceneRegexp.of(Glob.of(query)), message)).isTrue();
    }
  }

  @Property(tries = 3_000)
  @Tag("long")
  void a_query_matches_by_the_rule_and_what_elasticsearch_is_asked_for_has_it_with_any_seed(
      @ForAll("patterns") String query, @ForAll("messages") String message) {
    a_query_matches_by_the_rule_and_what_elasticsearch_is_asked_for_has_it(query, message);
  }

  @Property(tries = 3_000, seed = "1")
  void what_a_message_contains_is_the_same_for_history_and_for_live_lines(
      @ForAll("messages") String part, @ForAll("messages") String message) {
    boolean passes =
        new LineFilter(null, part).passes(LineFilter.Text.of(null, message, LineFields.NONE));
    assertThat(Glob.containing(part).matches(message)).isEqualTo(passes);
    if (passes) {
      assertThat(asLuceneDoes(LuceneRegexp.of(Glob.containing(part)), message)).isTrue();
    }
  }

  @Property(tries = 3_000)
  @Tag("long")
  void what_a_message_contains_is_the_same_for_history_and_for_live_lines_with_any_seed(
      @ForAll("messages") String part, @ForAll("messages") String message) {
    what_a_message_contains_is_the_same_for_history_and_for_live_lines(part, message);
  }

  /** Without regard to the case of ASCII letters; its dot is any code point. */
  private static boolean asLuceneDoes(String regexp, String message) {
    return Pattern.compile(regexp, Pattern.CASE_INSENSITIVE | Pattern.DOTALL)
        .matcher(message)
        .matches();
  }

  private static boolean naive(String query, String message) {
    return naive(
        query.codePoints().toArray(), 0, message.codePoints().map(CaseFolding::fold).toArray(), 0);
  }

  private static boolean naive(int[] query, int q, int[] text, int t) {
    if (q == query.length) {
      return t == text.length;
    }
    if (query[q] == '*') {
      return naive(query, q + 1, text, t) || (t < text.length && naive(query, q, text, t + 1));
    }
    boolean escaped = query[q] == '\\' && q + 1 < query.length;
    int wanted = escaped ? query[q + 1] : query[q];
    boolean fits = wanted == '?' && !escaped;
    return t < text.length
        && (fits || CaseFolding.fold(wanted) == text[t])
        && naive(query, q + (escaped ? 2 : 1), text, t + 1);
  }

  @Provide
  Arbitrary<String> messages() {
    return texts(Arbitraries.of(LETTERS));
  }

  @Provide
  Arbitrary<String> patterns() {
    return texts(
        Arbitraries.oneOf(Arbitraries.of(LETTERS), Arbitraries.of("*", "*", "?", "\\", "\\*")));
  }

  private static Arbitrary<String> texts(Arbitrary<String> letters) {
    return letters.list().ofMaxSize(7).map(parts -> String.join("", parts));
  }
}
