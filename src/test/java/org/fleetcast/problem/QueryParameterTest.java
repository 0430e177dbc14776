package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryParameterTest {
  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", " "})
  void one_that_is_there_and_blank_is_as_none(String parameter) {
    assertThat(QueryParameter.given(parameter)).isNull();
    assertThat(QueryParameter.optionalInteger("model_id", parameter)).isNull();
  }

  @Test
  void others_are_read() {
    assertThat(QueryParameter.given(List.of("", "7", " "))).containsExactly("7");
    assertThat(QueryParameter.optionalInteger("model_id", "7")).isEqualTo(7);
    assertThatThrownBy(() -> QueryParameter.optionalInteger("model_id", "7.0"))
        .hasMessage("model_id: must be an integer");
  }
}
