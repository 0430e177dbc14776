package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.fleetcast.stack.Api;

/** What every refusal has: the one error body, tied to its request. */
final class Refusals {
  private Refusals() {}

  static void refused(Api.Answer answer, int status, String error) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json()).containsOnlyKeys("error", "code", "details", "correlationId");
    assertThat(answer.json().getString("error")).isEqualTo(error);
    assertThat(answer.json().getString("correlationId")).isEqualTo(answer.header("X-Request-ID"));
  }

  static void refused(Api.Answer answer, int status, String code, String error) {
    refused(answer, status, error);
    assertThat(answer.json().getString("code")).isEqualTo(code);
  }
}
