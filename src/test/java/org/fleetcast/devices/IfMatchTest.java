package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IfMatchTest {
  private record Thing(String name, int size) {}

  private static final Thing THING = new Thing("thing", 1);
  private static final String TAG = IfMatch.tag(THING);

  @ParameterizedTest
  @ValueSource(
      strings = {"*", " * ", "\"TAG\"", "\"a,b\", \"TAG\"", "W/\"TAG\",\"TAG\"", "\"TAG\","})
  void what_names_the_thing_as_it_is_lets_pass(String header) {
    IfMatch.of(List.of(header.replace("TAG", TAG))).check("It", THING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"W/\"TAG\"", "TAG", "\"\"", "", "\"TAGx\"", "\"*\"", "\"a,TAG\"", "\"x\", *"})
  void whatever_else_is_refused(String header) {
    Problem refused =
        catchThrowableOfType(
            Problem.class,
            () -> IfMatch.of(List.of(header.replace("TAG", TAG))).check("It", THING));
    assertThat(refused.code()).isEqualTo(ProblemCode.PRECONDITION_FAILED);
    assertThat(refused.sentence()).startsWith("It has been changed since it was read");
  }

  @Test
  void several_lines_are_one_list_and_without_any_all_pass() {
    IfMatch.of(List.of("\"x\"", "\"" + TAG + "\"")).check("It", THING);
    IfMatch.of(List.of()).check("It", THING);
  }

  @Test
  void a_tag_is_that_of_all_there_is_to_tell() {
    assertThat(TAG).matches("[0-9a-f]{32}").isEqualTo(IfMatch.tag(new Thing("thing", 1)));
    assertThat(IfMatch.tag(new Thing("thing", 2))).isNotEqualTo(TAG);
  }
}
