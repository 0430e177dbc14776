package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnsiTest {
  @ParameterizedTest
  @MethodSource
  void escape_sequences_are_taken_out(String sent, String plain) {
    assertThat(Ansi.strip(sent).text()).isEqualTo(plain);
  }

  static Stream<Arguments> escape_sequences_are_taken_out() {
    return Stream.of(
        arguments("\u001b[32mgreen\u001b[0m", "green"),
        arguments("\u001b[1;31;48;2;1;2;3mloud\u001b[m!", "loud!"),
        arguments("\u001b[?25lhidden cursor", "hidden cursor"),
        arguments("a\u001b[2Kb", "ab"),
        arguments("\u009b1mC1", "C1"),
        arguments("\u001b]0;title\u0007text", "text"),
        arguments("\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"),
        arguments("\u001bPsixel\u001b\\after", "after"),
        arguments("\u009d0;title\u0007text", "text"),
        arguments("\u009d0;title\u009ctext", "text"),
        arguments("\u001b]0;title\u009ctext", "text"),
        arguments("\u0090a\u009c\u0098b\u009c\u009ec\u009c\u009fd\u001b\\e", "e"),
        arguments("\u009dnever ended", "never ended"),
        arguments("stray\u009c end", "stray end"),
        arguments("\u001b(Bascii", "ascii"),
        arguments("\u001b7saved\u001b8", "saved"),
        arguments("\u001bcreset", "reset"),
        arguments("no escapes [32m at all", "no escapes [32m at all"),
        arguments("end\u001b[", "end"),
        arguments("end\u001b", "end"),
        arguments("\u001b]never ended", "never ended"),
        arguments("\u001b[31\u00e9", "\u00e9"));
  }

  @ParameterizedTest
  @MethodSource
  void colours_are_kept_beside_the_text(String sent, String sgr) {
    assertThat(Ansi.strip(sent).sgr()).isEqualTo(sgr);
  }

  static Stream<Arguments> colours_are_kept_beside_the_text() {
    return Stream.of(
        arguments("plain", ""),
        arguments("\u001b[32mgreen\u001b[0m", "0:32 5:0"),
        arguments("a\u001b[1;31;48;2;1;2;3mloud\u001b[m!", "1:1;31;48;2;1;2;3 5:"),
        arguments("\u009b38:5:9mC1", "0:38:5:9"),
        arguments("a\u001b[2Kb\u001b[?25m\u001b[>4;2m\u001b]0;1m\u0007", ""),
        arguments("end\u001b[3", ""),
        arguments("\u001b[" + "1;".repeat(40) + "m", ""));
  }

  @Test
  void colours_without_end_are_cut_off() {
    String sent = "\u001b[31mx\u001b[32my".repeat(1_000);
    assertThat(Ansi.strip(sent).sgr()).startsWith("0:31 1:32 2:31").hasSizeLessThan(1_024);
  }

  @Property
  void no_escape_is_left_and_plain_text_is_untouched(@ForAll("texts") String text) {
    String stripped = Ansi.strip(text).text();
    Pattern introducer = Pattern.compile("[\u001b\u0090\u0098\u009b-\u009f]");
    assertThat(stripped).doesNotContainPattern(introducer);
    if (!introducer.matcher(text).find()) {
      assertThat(stripped).isEqualTo(text);
    }
  }

  @Property(seed = "1")
  void what_is_left_is_what_the_plain_rule_leaves(@ForAll("texts") String text) {
    assertThat(Ansi.strip(text).text()).isEqualTo(byThePlainRule(text));
  }

  @Property
  @Tag("long")
  void what_is_left_is_what_the_plain_rule_leaves_with_any_seed(@ForAll("texts") String text) {
    what_is_left_is_what_the_plain_rule_leaves(text);
  }

  /** Each sequence cut off the beginning by one expression, however long that takes. */
  private static String byThePlainRule(String text) {
    Pattern sequence =
        Pattern.compile(
            "(?:\u001b\\[|\u009b)[ -?]*[@-~]?"
                + "|(?:\u001b[\\]PX^_]|[\u0090\u0098\u009d\u009e\u009f])"
                + "(?:[^\u0007\u009c\u001b]*(?:[\u0007\u009c]|\u001b\\\\|(?=\u001b)))?"
                + "|\u009c|\u001b[ -/]*[0-~]?",
            Pattern.DOTALL);
    return sequence.matcher(text).replaceAll("");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\u009d", "\u0090", "\u001b", "\u001b]", "\u009b1;", "\u001b[", "\u009dx\u0007"})
  void a_million_hostile_characters_take_no_longer_than_other_text(String hostile) {
    String text = hostile.repeat(1_000_000 / hostile.length()); // 70 s when quadratic
    assertTimeoutPreemptively(
        Duration.ofSeconds(30), () -> assertThat(Ansi.strip(text).text()).doesNotContain("\u001b"));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withChars(
            '\u001b', '[', ']', ';', '0', 'm', '\u0007', '\\', 'P', '\u009b', '\u009c', '\u009d',
            'x', ' ')
        .ofMaxLength(40);
  }
}
