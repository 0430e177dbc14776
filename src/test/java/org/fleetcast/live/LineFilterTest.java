package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineFilterTest {
  @ParameterizedTest
  @CsvSource({"E,E", "W,EW", "I,EWI?", "D,EWI?D", "V,EWI?DV"})
  void a_level_lets_itself_and_what_is_worse_pass(LogLevel level, String passing) {
    LineFilter filter = new LineFilter(level, null);
    for (String each : List.of("E", "W", "I", "D", "V")) {
      assertThat(passes(filter, each, "")).as(each).isEqualTo(passing.contains(each));
    }
    assertThat(passes(filter, null, "")).as("no level").isEqualTo(passing.contains("?"));
    assertThat(passes(filter, "loud", "")).as("unknown").isEqualTo(passing.contains("?"));
    assertThat(passes(filter, "warning", "")).as("a word").isEqualTo(passing.contains("W"));
    assertThat(passes(filter, "3", "")).as("a number").isEqualTo(passing.contains("E"));
  }

  @ParameterizedTest
  @CsvSource({
    "wifi,WiFi up,true",
    "WIFI,wifi up,true",
    "5*5,5*5=25,true",
    "5*5,5x5=25,false",
    "\u00e9TAT,l'\u00c9tat,true",
    "up,WiFi,false"
  })
  void what_it_contains_is_found_whatever_the_case(String contains, String message, boolean found) {
    assertThat(passes(new LineFilter(null, contains), null, message)).isEqualTo(found);
  }

  @Test
  void its_length_is_counted_in_characters_not_in_their_halves() {
    assertThat(LineFilter.isTooLong("\ud83d\ude00".repeat(256))).isFalse();
    assertThat(LineFilter.isTooLong("x".repeat(257))).isTrue();
  }

  @Test
  void both_have_to_pass() {
    LineFilter filter = new LineFilter(LogLevel.W, "up");
    assertThat(passes(filter, "E", "up")).isTrue();
    assertThat(passes(filter, "I", "up")).isFalse();
    assertThat(passes(filter, "E", "down")).isFalse();
  }

  @Test
  void filters_that_let_the_same_pass_are_equal() {
    assertThat(new LineFilter(LogLevel.V, "")).isEqualTo(LineFilter.NONE);
    assertThat(new LineFilter(LogLevel.W, "WiFi")).isEqualTo(new LineFilter(LogLevel.W, "wIfI"));
  }

  @Property
  void a_message_contains_each_of_its_parts(
      @ForAll @StringLength(max = 40) String before,
      @ForAll @StringLength(max = 20) String part,
      @ForAll @StringLength(max = 40) String after) {
    assertThat(passes(new LineFilter(null, part), null, before + part + after)).isTrue();
  }

  private static boolean passes(LineFilter filter, @Nullable String level, String message) {
    return filter.passes(LineFilter.Text.of(level, message, LineFields.NONE));
  }
}
