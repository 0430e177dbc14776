package org.fleetcast.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AnsiTest {
  @ParameterizedTest
  @MethodSource
  void escape_sequences_are_taken_out(String sent, String plain) {
    assertThat(Ansi.strip(sent)).isEqualTo(plain);
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

  @Property
  void no_escape_is_left_and_plain_text_is_untouched(@ForAll("texts") String text) {
    String stripped = Ansi.strip(text);
    Pattern introducer = Pattern.compile("[\u001b\u0090\u0098\u009b-\u009f]");
    assertThat(stripped).doesNotContainPattern(introducer);
    if (!introducer.matcher(text).find()) {
      assertThat(stripped).isEqualTo(text);
    }
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
