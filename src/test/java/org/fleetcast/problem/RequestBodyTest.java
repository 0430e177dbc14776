package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBodyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"application/json", "Application/JSON", "application/json; charset=utf-8"})
  void takes_json(String contentType) {
    assertThat(RequestBody.isJson(contentType)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "text/plain",
        "text/plain; application/json",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data"
      })
  void refuses_what_is_not(String contentType) {
    assertThat(RequestBody.isJson(contentType)).isFalse();
  }

  @Test
  void refuses_a_body_without_type() {
    assertThat(RequestBody.isJson(null)).isFalse();
  }
}
