package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogLevelTest {
  @ParameterizedTest
  @CsvSource({
    "E, error err critical crit fatal emerg emergency alert panic e 0 1 2 3 ERROR Error",
    "W, warn warning wrn w 4 WARNING",
    "I, notice info information informational inf i 5 6 Info",
    "D, debug dbg d 7 C c config DEBUG",
    "V, trace verbose very_verbose v VV Verbose VERY_VERBOSE"
  })
  void words_letters_and_numbers_of_syslog_have_their_letter(String letter, String sent) {
    for (String level : sent.split(" ")) {
      assertThat(LogLevel.letter(level)).as(level).isEqualTo(letter);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "x", "8", "-1", "3.0", "errors", "{\"a\":1}", "ew", "err or"})
  void what_is_not_known_has_none_and_counts_as_info(String sent) {
    assertThat(LogLevel.letter(sent)).isNull();
    assertThat(LogLevel.counted(sent)).isEqualTo(LogLevel.I);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ERROR ", " error", "err  ", "E\t", "CRITICAL   "})
  void blanks_that_fill_a_level_are_none_of_it(String sent) {
    assertThat(LogLevel.letter(sent)).isEqualTo("E");
  }

  @Test
  void without_a_level_there_is_no_letter() {
    assertThat(LogLevel.letter(null)).isNull();
    assertThat(LogLevel.letter("e".repeat(300_000))).isNull();
  }

  @Test
  void only_the_five_letters_are_the_letter_of_a_level() {
    for (LogLevel level : LogLevel.values()) {
      assertThat(LogLevel.ofLetter(level.name())).isEqualTo(level);
    }
    assertThat(Stream.of("", "w", "EW", "X", "EWIDV", "0", "error").map(LogLevel::ofLetter))
        .containsOnlyNulls();
    assertThat(LogLevel.ofLetter(null)).isNull();
  }

  @Test
  void each_spelling_is_in_lower_case_and_of_one_letter() {
    Set<String> all = new HashSet<>();
    for (String letter : List.of("E", "W", "I", "D", "V")) {
      for (String spelling : LogLevel.valueOf(letter).spellings()) {
        assertThat(spelling).isEqualTo(spelling.toLowerCase(Locale.ROOT));
        assertThat(LogLevel.letter(spelling)).isEqualTo(letter);
        assertThat(all.add(spelling)).as(spelling).isTrue();
      }
    }
  }
}
