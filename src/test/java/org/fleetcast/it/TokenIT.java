package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class TokenIT {
  private final Fleetcast server = SharedStack.get().fleetcast();
  private final Api nobody = Api.at(server.uri());

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "client_id=fleetcast-cli&client_secret=local|400|invalid_request",
        "grant_type=password&client_id=fleetcast-cli&client_secret=local|400|unsupported_grant_type",
        "grant_type=client_credentials|401|invalid_client",
        "grant_type=client_credentials&client_id=fleetcast-cli&client_secret=x|401|invalid_client",
        "grant_type=client_credentials&client_id=iotdevice-x&client_secret=x|401|invalid_client",
        "grant_type=client_credentials&grant_type=x|400|invalid_request",
      })
  void the_token_endpoint_refuses_in_the_words_of_its_standard(
      String form, int status, String error) {
    Api.Answer answer =
        nobody.send("POST", "/api/auth/token", "application/x-www-form-urlencoded", form);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Cache-Control")).contains("no-store");
    assertThat(answer.json()).containsOnlyKeys("error", "error_description");
    assertThat(answer.json().getString("error")).isEqualTo(error);
    assertThat(answer.header("WWW-Authenticate"))
        .isEqualTo(status == 401 ? "Basic realm=\"fleetcast\"" : "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"!!", "bm9uZQ==", "YTo", ""})
  void nor_has_it_other_words_for_a_login_that_is_none(String login) {
    Api.Answer answer =
        nobody
            .with("Authorization", "Basic " + login)
            .send(
                "POST",
                "/api/auth/token",
                "application/x-www-form-urlencoded",
                "grant_type=client_credentials");

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.json()).containsOnlyKeys("error", "error_description");
    assertThat(answer.json().getString("error")).isEqualTo("invalid_client");
    assertThat(answer.header("WWW-Authenticate")).isEqualTo("Basic realm=\"fleetcast\"");
    assertThat(answer.header("Cache-Control")).contains("no-store");
  }

  @Test
  void the_token_endpoint_gives_a_bearer_token_for_a_form_or_a_basic_header() {
    String basic =
        Base64.getEncoder().encodeToString("fleetcast-cli:local".getBytes(StandardCharsets.UTF_8));
    Api.Answer answer =
        nobody
            .with("Authorization", "Basic " + basic)
            .send(
                "POST",
                "/api/auth/token",
                "application/x-www-form-urlencoded",
                "grant_type=client_credentials");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json()).containsOnlyKeys("access_token", "token_type", "expires_in");
    assertThat(answer.json().getString("token_type")).isEqualTo("Bearer");
    assertThat(answer.json().getInt("expires_in")).isEqualTo(900);
    assertThat(answer.header("Cache-Control")).contains("no-store");
    assertThat(
            nobody
                .send("POST", "/api/auth/token", "application/json", "{}")
                .json()
                .getString("error"))
        .isEqualTo("invalid_request");
  }

  @Test
  void the_keys_of_the_issuer_are_public_and_name_the_one_that_signs() {
    JsonObject key = nobody.get("/api/auth/jwks").json().getJsonArray("keys").getJsonObject(0);
    String header = nobody.editorToken().split("\\.")[0];

    assertThat(key).containsKeys("kty", "kid", "n", "e").doesNotContainKeys("d", "p", "q", "k");
    assertThat(new String(Base64.getUrlDecoder().decode(header), StandardCharsets.UTF_8))
        .contains("\"kid\":" + key.get("kid"));
  }
}
