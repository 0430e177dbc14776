package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.net.URI;
import java.util.Optional;
import org.fleetcast.stack.Api;

/**
 * A device of a fleet under test, with the secret that it was first given.
 *
 * @param base where it reaches the server
 */
record FleetDevice(URI base, int id, String key, String clientId, String secret) {

  /** Registers a device under a model and takes its first credentials. */
  static FleetDevice enrolled(URI base, Api editor, int modelId) {
    JsonObject device = new Registry(editor).create(modelId, "{\"deviceName\":\"unit\"}").json();
    int id = device.getInt("id");
    String secret =
        editor.get("/api/devices/" + id + "/provisioning").json().getString("client_secret");
    return new FleetDevice(
        base, id, device.getString("key"), device.getString("client_id"), secret);
  }

  /** A caller with a token that was obtained with that secret. */
  Api with(String clientSecret) {
    Api nobody = Api.at(base);
    return nobody.withBearer(nobody.token(clientId, clientSecret));
  }

  /** Whether the issuer takes that secret. */
  boolean isGood(String clientSecret) {
    return token(Api.at(base), clientSecret).isPresent();
  }

  /** A token of that secret; none if the issuer does not take it. */
  Optional<String> token(Api issuer, String clientSecret) {
    String form =
        "grant_type=client_credentials&client_id=%s&client_secret=%s"
            .formatted(clientId, clientSecret);
    Api.Answer answer =
        issuer.send("POST", "/api/auth/token", "application/x-www-form-urlencoded", form);
    assertThat(answer.status()).isIn(200, 401);
    return answer.status() == 200
        ? Optional.of(answer.json().getString("access_token"))
        : Optional.empty();
  }

  /** Fetches its credentials with a token of the secret it has, and gives the one in the answer. */
  String fetches(String clientSecret) {
    Api.Answer answer = with(clientSecret).get("/api/iot/provisioning");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json().getString("client_secret");
  }

  /** Asks for its config with a token of that secret. */
  void reports(String clientSecret) {
    Api.Answer answer = with(clientSecret).get("/api/iot/config");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  /** A whole rotation from its side; gives the new secret. */
  String rotates() {
    String fresh = fetches(secret);
    reports(fresh);
    return fresh;
  }
}
