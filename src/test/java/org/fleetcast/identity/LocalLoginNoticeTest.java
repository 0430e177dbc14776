package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalLoginNoticeTest {
  @ParameterizedTest
  @CsvSource({
    "true,  http://localhost:9080,   localhost, false",
    "true,  http://127.0.0.1:9080,   127.0.0.1, false",
    "true,  http://localhost:9080,   *,         true",
    "true,  http://localhost:9080,   0.0.0.0,   true",
    "true,  https://fleet.example,   localhost, true",
    "false, https://fleet.example,   *,         false",
  })
  void pages_say_that_anybody_can_sign_in_unless_only_this_machine_is_let_in(
      boolean on, String baseUrl, String host, boolean said) {
    assertThat(LocalLoginNotice.of(on, baseUrl, host).isPresent()).isEqualTo(said);
  }
}
