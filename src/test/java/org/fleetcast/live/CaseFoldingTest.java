package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaseFoldingTest {
  @ParameterizedTest
  @CsvSource({
    "HAUSTÜR,haustür",
    "ΟΔΟΣ,οδος",
    "οδος,οδοσ",
    "Straße STRASSE,straße strasse",
    "\u212a\u017f\u0130\u0131,ksii",
    "\ud801\udc00 \ud83d\ude00,\ud801\udc28 \ud83d\ude00",
    "half \ud801 and \udc00 half,half \ud801 and \udc00 half"
  })
  void a_text_counts_as_its_small_letters_one_for_one(String text, String folded) {
    assertThat(CaseFolding.fold(text)).isEqualTo(CaseFolding.fold(folded)).hasSameSizeAs(text);
  }

  @Test
  void every_code_point_is_a_variant_of_what_it_counts_as_and_as_wide() {
    IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
        .forEach(
            c -> {
              int folded = CaseFolding.fold(c);
              if (folded != c) {
                assertThat(CaseFolding.fold(folded)).isEqualTo(folded);
                assertThat(CaseFolding.variants(folded)).contains(c, folded);
                assertThat(Character.charCount(c)).isEqualTo(Character.charCount(folded));
              }
            });
    assertThat(CaseFolding.variants('!')).containsExactly((int) '!');
  }

  @Property(seed = "1")
  void case_never_matters(@ForAll @StringLength(max = 30) String text) {
    int[] upper = text.codePoints().map(Character::toUpperCase).toArray();
    assertThat(CaseFolding.fold(new String(upper, 0, upper.length)))
        .isEqualTo(CaseFolding.fold(text));
  }

  @Property
  @Tag("long")
  void case_never_matters_with_any_seed(@ForAll @StringLength(max = 30) String text) {
    case_never_matters(text);
  }
}
