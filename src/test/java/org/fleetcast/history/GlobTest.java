package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.fleetcast.problem.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "*wifi*,I (1) WiFi: up,true",
    "wifi,I (1) wifi: up,false",
    "a?c,abc,true",
    "a?c,ac,false",
    "*,anything,true",
    "a*b*c,a-b-b-c,true",
    "a*b*c,a-b-b-d,false",
    "a\\*b,a*b,true",
    "a\\*b,axb,false",
    "100\\?,100?,true",
    "back\\\\slash,back\\slash,true",
    "\\A,a,true",
    "end\\,end\\,true",
    "é,É,true",
    "*tür*,HAUSTÜR GESCHLOSSEN,true",
    "k,\u212a,true",
    "s,\u017f,true",
    "\u03a3,\u03c2,true",
    "ß,\u1e9e,true",
    "ß,ss,false",
    "I,\u0131,true",
    "\ud801\udc00,\ud801\udc28,true",
    "\\É,é,true",
    "?,\ud83d\ude00,true",
    "??,\ud83d\ude00,false",
  })
  void wildcards_match_the_whole_message_without_regard_to_case(
      String pattern, String message, boolean matches) {
    assertThat(Glob.of(pattern).matches(message)).isEqualTo(matches);
  }

  @Test
  void what_is_too_long_or_too_wild_is_refused() {
    assertThatThrownBy(() -> Glob.of("x".repeat(1_001))).isInstanceOf(Problem.class);
    assertThatThrownBy(() -> Glob.of("*?".repeat(26))).isInstanceOf(Problem.class);
    assertThat(Glob.of("\\*".repeat(51)).matches("*".repeat(51))).isTrue();
    assertThat(Glob.of("\ud83d\ude00".repeat(1_000)).parts()).hasSize(1_000);
    assertThat(Glob.of("*?".repeat(25)).matches("x".repeat(25))).isTrue();
  }

  @Test
  void messages_that_elasticsearch_does_not_index_whole_do_not_match() {
    assertThat(Glob.of("*").matches("x".repeat(8_191))).isTrue();
    assertThat(Glob.of("*").matches("x".repeat(8_192))).isFalse();
  }
}
