package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Refusals.refused;
import static org.fleetcast.it.Registry.INSTANT;
import static org.fleetcast.it.Registry.code;
import static org.fleetcast.it.Registry.fields;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.util.List;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class DeviceModelsIT {
  private final Api api = Operator.editor(SharedStack.get().fleetcast()).api();
  private final Registry registry = new Registry(api);

  @Test
  void no_header_of_a_caller_says_what_this_site_is_called() {
    Api misleading =
        api.with("X-Forwarded-Proto", "https")
            .with("X-Forwarded-Host", "evil.example")
            .with("Forwarded", "host=evil.example;proto=https")
            .with("$WSSN", "evil.example")
            .with("$WSSC", "https")
            .with("$WSSP", "443")
            .with("$WSIS", "true")
            .with("$WSPR", "HTTP/1.1");
    Api.Answer answer =
        misleading.post(
            "/api/device-models", fields().add("code", Registry.code()).add("name", "x").build());

    assertThat(answer.header("Location"))
        .isEqualTo(
            SharedStack.get().fleetcast().uri()
                + "/api/device-models/"
                + answer.json().getInt("id"));
  }

  @Test
  void a_model_is_answered_with_everything_and_in_the_list_without_its_schema() {
    String schema = "{\"required\":[\"deviceName\"]}";
    JsonObjectBuilder sent = fields().add("code", code()).add("name", "Ü");
    Api.Answer answer = registry.createModel(sent.add("config_schema", schema));
    JsonObject model = answer.json();
    String path = "/api/device-models/" + model.getInt("id");

    assertThat(answer.status()).isEqualTo(201);
    assertThat(model.getString("name")).isEqualTo("Ü");
    assertThat(model.getString("created_at")).matches(INSTANT);
    assertThat(model)
        .isEqualTo(
            summary(model, 0)
                .add("config_schema", schema)
                .add("created_at", model.get("created_at"))
                .add("updated_at", model.get("created_at"))
                .build());
    registry.create(model.getInt("id"), "{\"deviceName\":\"x\"}");
    assertThat(api.get(path).json().getInt("device_count")).isOne();
    JsonObject list = api.get("/api/device-models").json();
    assertThat(list).containsOnlyKeys("device_models", "count");
    assertThat(list.getInt("count")).isEqualTo(list.getJsonArray("device_models").size());
    assertThat(list.getJsonArray("device_models")).contains(summary(model, 1).build());
  }

  private static JsonObjectBuilder summary(JsonObject model, int devices) {
    return fields()
        .add("id", model.get("id"))
        .add("code", model.get("code"))
        .add("name", model.get("name"))
        .add("firmware_version", JsonValue.NULL)
        .add("has_config_schema", true)
        .add("device_count", devices);
  }

  @Test
  void a_model_keeps_what_its_update_leaves_out() {
    JsonObject model =
        registry.model(
            fields().add("code", code()).add("name", "Before").add("config_schema", "true"));
    String path = "/api/device-models/" + model.getInt("id");

    JsonObject renamed = api.put(path, fields().add("name", "After").build()).json();
    assertThat(renamed.getString("name")).isEqualTo("After");
    assertThat(renamed.getString("config_schema")).isEqualTo("true");

    JsonObjectBuilder change = fields().add("name", JsonValue.NULL).add("config_schema", "false");
    JsonObject restricted = api.put(path, change.build()).json();
    assertThat(restricted.getString("name")).isEqualTo("After");
    assertThat(restricted.getString("config_schema")).isEqualTo("false");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'name':'x'}|code: is required",
        "{'code':'x'}|name: is required",
        "{'code':'x','name':''}|name: must be 1 to 255 characters",
        "{'code':'X','name':'x'}|code: must be 1 to 50 characters of a-z, 0-9 and _",
        "{'code':'','name':'x'}|code: must be 1 to 50 characters of a-z, 0-9 and _",
        "{'code':'a-b','name':'x'}|code: must be 1 to 50 characters of a-z, 0-9 and _",
        "{'code':'x','name':7}|name: must be a string",
        "{'code':'x','name':'x','id':1}|id: is not a known field",
        "{'code':'x','name':'x','config_schema':{}}|config_schema: must be a string or null",
      })
  void a_new_model_that_is_none_is_refused(String body, String error) {
    refused(api.post("/api/device-models", body.replace('\'', '"')), 400, error);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7",
        "{",
        "{\"type\":\"x\"}",
        "{\"$ref\":\"http://localhost/x\"}",
        "{\"$schema\":\"http://x\"}"
      })
  void a_schema_that_is_none_is_refused(String schema) {
    Api.Answer answer =
        registry.createModel(
            fields().add("code", code()).add("name", "x").add("config_schema", schema));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getJsonObject("details").getJsonArray("fields"))
        .isNotEmpty()
        .allSatisfy(
            fault ->
                assertThat(fault.asJsonObject().getString("field")).isEqualTo("config_schema"));
  }

  @Test
  void a_code_is_taken_once_and_a_model_with_devices_stays() {
    JsonObject model = registry.model(fields().add("code", code()).add("name", "x"));
    int id = model.getInt("id");
    Api.Answer again =
        registry.createModel(fields().add("code", model.getString("code")).add("name", "y"));
    refused(again, 409, "Device model " + model.getString("code") + " exists already");
    assertThat(again.json().getString("code")).isEqualTo("RECORD_EXISTS");

    int deviceId = registry.create(id, "{}").json().getInt("id");
    Api.Answer kept = api.delete("/api/device-models/" + id);
    refused(kept, 400, "Device model " + id + " has devices and cannot be deleted");
    assertThat(kept.json().getString("code")).isEqualTo("INVALID_OPERATION");
    api.delete("/api/devices/" + deviceId);
    assertThat(api.delete("/api/device-models/" + id).status()).isEqualTo(204);
    assertThat(api.get("/api/device-models/" + id).status()).isEqualTo(404);
  }

  @Test
  void a_config_must_satisfy_its_models_schema_and_is_told_where_it_does_not() {
    String schema = "{\"properties\":{\"wifi\":{\"properties\":{\"channel\":{\"maximum\":13}}}}}";
    int modelId =
        registry
            .model(fields().add("code", code()).add("name", "x").add("config_schema", schema))
            .getInt("id");
    String bad = "{\"wifi\":{\"channel\":99}}";
    int id = registry.create(modelId, "{\"wifi\":{\"channel\":7}}").json().getInt("id");

    for (Api.Answer answer :
        List.of(registry.create(modelId, bad), registry.change(id, bad, true))) {
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.json().getString("error"))
          .startsWith("config: ")
          .contains("wifi", "channel", "13");
    }
    assertThat(api.get("/api/devices/" + id).json().getString("config")).contains(":7");
  }
}
