package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {
  @ParameterizedTest
  @ValueSource(strings = {"true", "TRUE", " yes", "on", "1"})
  void a_switch_can_be_on_in_several_words(String value) {
    assertThat(Setting.flag("KEY", value)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "No", "off ", "0"})
  void and_off_as_well(String value) {
    assertThat(Setting.flag("KEY", value)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ture", "", "2", "yes no"})
  void what_is_neither_is_refused_and_not_taken_for_off(String value) {
    assertThatThrownBy(() -> Setting.flag("KEY", value)).hasMessage("KEY must be true or false");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a ", "\ta", "\"a\"", "'a'", "a\r"})
  void a_name_has_no_blanks_or_quotes_around_it(String value) {
    assertThatThrownBy(() -> Setting.name("KEY", value)).hasMessageStartingWith("KEY must not");
    assertThat(Setting.name("KEY", "a \"b\"")).isEqualTo("a \"b\"");
  }

  @Test
  void a_number_may_have_been_written_with_a_line_break_at_its_end() {
    assertThat(Setting.number("KEY", "7\n", 0, 9)).isEqualTo(7);
    assertThat(Setting.number("KEY", "0", 0, 9)).isZero();
    assertThatThrownBy(() -> Setting.number("KEY", "10", 0, 9))
        .hasMessage("KEY must be a whole number from 0 to 9");
  }

  @Test
  void a_refusal_is_one_line_wherever_the_container_prints_it() {
    IllegalStateException bad = Setting.bad("KEY is bad", new IOException("two\nlines"));
    assertThat(bad.getStackTrace()).isEmpty();
    assertThat(bad).hasNoCause().hasMessage("KEY is bad");
  }
}
