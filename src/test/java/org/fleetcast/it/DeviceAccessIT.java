package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Refusals.refused;
import static org.fleetcast.it.Registry.NOWHERE;
import static org.fleetcast.it.Registry.fields;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.List;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class DeviceAccessIT {
  private final SharedStack stack = SharedStack.get();
  private final Api api = Operator.editor(stack.fleetcast()).api();
  private final Registry registry = new Registry(api);

  @Test
  void provisioning_tells_everything_a_device_needs_and_is_never_kept() {
    JsonObject device = registry.create(registry.newModel(), "{}").json();
    String base = stack.fleetcast().uri().toString();
    Api.Answer answer = api.get("/api/devices/" + device.getInt("id") + "/provisioning");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    String secret = answer.json().getString("client_secret");
    assertThat(secret).hasSizeGreaterThanOrEqualTo(32);
    assertThat(answer.json())
        .isEqualTo(
            fields()
                .add("base_url", base)
                .add("client_id", device.getString("client_id"))
                .add("client_secret", secret)
                .add("device_key", device.getString("key"))
                .add("mqtt_url", stack.broker().url())
                .add("token_url", base + "/api/auth/token")
                .add("wifi_password", "p\u00e4ss word")
                .add("wifi_ssid", "fleet")
                .build());
  }

  @Test
  void the_client_of_a_device_is_shown_and_synchronized_without_a_change() {
    JsonObject device = registry.create(registry.newModel(), "{}").json();
    String path = "/api/devices/" + device.getInt("id") + "/keycloak-";
    JsonObject status = api.get(path + "status").json();

    assertThat(status).containsOnlyKeys("exists", "client_id", "keycloak_uuid", "console_url");
    assertThat(status.getBoolean("exists")).isTrue();
    assertThat(status.getString("client_id")).isEqualTo(device.getString("client_id"));
    assertThat(status.getString("keycloak_uuid")).matches("[0-9a-f-]{36}");
    assertThat(status).containsEntry("console_url", JsonValue.NULL);
    assertThat(api.post(path + "sync").json()).isEqualTo(status);
  }

  @Test
  void a_device_has_no_coredumps_and_an_unknown_one_is_not_found() {
    int id = registry.create(registry.newModel(), "{}").json().getInt("id");
    Api.Answer answer = api.get("/api/devices/" + id + "/coredumps");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"coredumps\":[],\"count\":0}");
    refused(
        api.get("/api/devices/" + Registry.NOWHERE + "/coredumps"),
        404,
        "Device " + Registry.NOWHERE + " was not found");
  }

  @Test
  void a_deleted_device_is_gone_with_its_client() {
    int id = registry.create(registry.newModel(), "{}").json().getInt("id");
    JsonObject client = api.get("/api/devices/" + id + "/provisioning").json();
    Api nobody = Api.at(stack.fleetcast().uri());
    String clientId = client.getString("client_id");
    String secret = client.getString("client_secret");
    assertThat(nobody.token(clientId, secret)).isNotEmpty();

    Api.Answer answer = api.delete("/api/devices/" + id);

    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.body()).isEmpty();
    refused(api.get("/api/devices/" + id), 404, "Device " + id + " was not found");
    String form =
        "grant_type=client_credentials&client_id=%s&client_secret=%s".formatted(clientId, secret);
    assertThat(
            nobody
                .send("POST", "/api/auth/token", "application/x-www-form-urlencoded", form)
                .status())
        .isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "POST,/api/devices",
    "PUT,/api/devices/ID",
    "DELETE,/api/devices/ID",
    "GET,/api/devices/ID/provisioning",
    "POST,/api/devices/ID/keycloak-sync",
    "POST,/api/device-models",
    "PUT,/api/device-models/ID",
    "DELETE,/api/device-models/ID",
  })
  void who_may_only_read_is_refused(String method, String path) {
    Api viewer = Operator.viewer(stack.fleetcast(), "reader").api();
    String address = path.replace("ID", Integer.toString(NOWHERE));
    Api.Answer answer = viewer.send(method, address, "application/json", "{}");

    refused(answer, 403, "You are not allowed to do this");
    assertThat(answer.json().getString("code")).isEqualTo("AUTHORIZATION_FAILED");
    assertThat(
            Api.at(stack.fleetcast().uri())
                .send(method, address, "application/json", "{}")
                .status())
        .isEqualTo(401);
  }

  @Test
  void who_may_only_read_may_read() {
    int modelId = registry.newModel();
    int id = registry.create(modelId, "{}").json().getInt("id");
    Api viewer = Operator.viewer(stack.fleetcast(), "reader").api();
    for (String path :
        List.of(
            "/api/devices",
            "/api/devices/" + id,
            "/api/devices/" + id + "/keycloak-status",
            "/api/device-models",
            "/api/device-models/" + modelId)) {
      assertThat(viewer.get(path).status()).as(path).isEqualTo(200);
    }
  }
}
