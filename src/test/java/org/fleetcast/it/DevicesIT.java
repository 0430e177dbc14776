package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Refusals.refused;
import static org.fleetcast.it.Registry.INSTANT;
import static org.fleetcast.it.Registry.NOWHERE;
import static org.fleetcast.it.Registry.code;
import static org.fleetcast.it.Registry.fields;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.fleetcast.AsyncApiDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.MqttSubscriber;
import org.fleetcast.stack.NvsReader;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class DevicesIT {
  private final SharedStack stack = SharedStack.get();
  private final Api api = Operator.editor(stack.fleetcast()).api();
  private final Registry registry = new Registry(api);

  @Test
  void a_new_device_is_answered_with_everything_that_is_known_of_it() {
    JsonObject model = registry.model(fields().add("code", code()).add("name", "Sensor"));
    String config =
        "{\"deviceName\":\"Attic\","
            + " \"deviceEntityId\":\"sensor.attic\",\"enableOTA\":true,\"n\":1.50}";
    Api.Answer answer = registry.create(model.getInt("id"), config);
    JsonObject device = answer.json();

    assertThat(answer.status()).isEqualTo(201);
    assertThat(device.getString("key")).matches("[a-z2-7]{8}");
    assertThat(device.getString("created_at")).matches(INSTANT);
    assertThat(device.getString("secret_created_at")).matches(INSTANT);
    assertThat(device).isEqualTo(asNew(device, model, config));
    assertThat(api.get("/api/devices/" + device.getInt("id")).json()).isEqualTo(device);
  }

  /** What a device created a moment ago is, beside what was drawn for it. */
  private static JsonObject asNew(JsonObject drawn, JsonObject model, String config) {
    String key = drawn.getString("key");
    return fields()
        .add("id", drawn.get("id"))
        .add("key", key)
        .add("device_model_id", model.get("id"))
        .add("device_model", inShort(model))
        .add("active", true)
        .add("config", config)
        .add("device_name", "Attic")
        .add("device_entity_id", "sensor.attic")
        .add("enable_ota", true)
        .add("rotation_state", "OK")
        .add("client_id", "iotdevice-" + model.getString("code") + "-" + key)
        .add("secret_created_at", drawn.get("secret_created_at"))
        .add("last_rotation_attempt_at", JsonValue.NULL)
        .add("last_rotation_completed_at", JsonValue.NULL)
        .add("created_at", drawn.get("created_at"))
        .add("updated_at", drawn.get("created_at"))
        .build();
  }

  private static JsonObjectBuilder inShort(JsonObject model) {
    return fields()
        .add("id", model.get("id"))
        .add("code", model.get("code"))
        .add("name", model.get("name"))
        .add("firmware_version", JsonValue.NULL);
  }

  @Test
  void the_list_tells_of_each_device_by_key() {
    int modelId = registry.newModel();
    JsonObject first = registry.create(modelId, "{}").json();
    registry.create(modelId, "{\"deviceEntityId\":\"x\"}");

    JsonObject answer = api.get("/api/devices?unknown=1&model_id=" + modelId).json();
    List<JsonObject> rows = answer.getJsonArray("devices").getValuesAs(JsonObject.class);

    assertThat(answer).containsOnlyKeys("devices", "count");
    assertThat(answer.getInt("count")).isEqualTo(2);
    assertThat(rows).extracting(row -> row.getString("key")).isSorted();
    assertThat(rows)
        .contains(
            fields()
                .add("active", true)
                .add("device_entity_id", JsonValue.NULL)
                .add("device_model_id", modelId)
                .add("device_name", JsonValue.NULL)
                .add("enable_ota", JsonValue.NULL)
                .add("id", first.getInt("id"))
                .add("key", first.getString("key"))
                .add("last_coredump_at", JsonValue.NULL)
                .add("rotation_state", "OK")
                .add("secret_created_at", first.getString("secret_created_at"))
                .build());
  }

  @Test
  void a_long_list_comes_compressed_to_whoever_reads_that() {
    int modelId = registry.newModel();
    for (int i = 0; i < 12; i++) {
      registry.create(modelId, "{}");
    }
    String path = "/api/devices?model_id=" + modelId;
    Api.Answer plain = api.get(path);
    Api.Answer compressed = api.with("Accept-Encoding", "gzip").get(path);

    assertThat(plain.header("Content-Encoding")).isEmpty();
    assertThat(compressed.header("Content-Encoding")).isEqualTo("gzip");
    assertThat(compressed.body().length()).isLessThan(plain.body().length() / 3);
  }

  @Test
  void the_list_keeps_what_is_asked_for() {
    int modelId = registry.newModel();
    int first = registry.create(modelId, "{}").json().getInt("id");
    int second = registry.create(modelId, "{}").json().getInt("id");

    assertThat(ids("?model_id=" + modelId + "&rotation_state=OK"))
        .containsExactlyInAnyOrder(first, second);
    assertThat(ids("?model_id=" + modelId + "&rotation_state=TIMEOUT")).isEmpty();
    assertThat(ids("?model_id=" + NOWHERE)).isEmpty();
    assertThat(ids("")).contains(first, second).doesNotHaveDuplicates();
    refused(api.get("/api/devices?model_id=x"), 400, "model_id: must be an integer");
    refused(
        api.get("/api/devices?rotation_state=ok"),
        400,
        "rotation_state: must be OK, QUEUED, PENDING or TIMEOUT");
  }

  @Test
  void a_written_config_is_answered_and_told_to_the_device() {
    JsonObject device = registry.create(registry.newModel(), "{\"deviceName\":\"Before\"}").json();
    URI broker = URI.create(stack.broker().url());
    try (MqttSubscriber updates = MqttSubscriber.of("iotsupport/updates/config", broker)) {
      JsonObject changed =
          registry.change(device.getInt("id"), "{\"enableOTA\":false}", false).json();

      assertThat(changed.keySet()).isEqualTo(device.keySet());
      assertThat(changed.getString("config")).isEqualTo("{\"enableOTA\":false}");
      assertThat(changed.getBoolean("active")).isFalse();
      assertThat(changed.getBoolean("enable_ota")).isFalse();
      assertThat(changed).containsEntry("device_name", JsonValue.NULL);
      assertThat(changed.get("created_at")).isEqualTo(device.get("created_at"));
      assertThat(changed.getString("updated_at")).isGreaterThan(device.getString("updated_at"));
      assertThat(api.get("/api/devices/" + device.getInt("id")).json()).isEqualTo(changed);
      updates.await(SOON, "{\"client_id\":\"" + device.getString("client_id") + "\"}");
      new AsyncApiDocument().describesMessages("iotsupport/updates/config", updates.heard());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'device_model_id':MODEL}|config: is required",
        "{'config':'{}'}|device_model_id: is required",
        "{'device_model_id':'MODEL','config':'{}'}|device_model_id: must be an integer",
        "{'device_model_id':1.5,'config':'{}'}|device_model_id: must be an integer",
        "{'device_model_id':MODEL,'config':{}}|config: must be a string",
        "{'device_model_id':MODEL,'config':'{}','active':true}|active: is not a known field",
        "{'device_model_id':MODEL,'config':'[]'}|config: must be the text of a JSON object",
        "{'device_model_id':MODEL,'config':''}|config: is not valid JSON: it is empty",
        "{'device_model_id':MODEL,'config':'{\\'deviceName\\':7}'}|config: deviceName must be a"
            + " string",
        "{'device_model_id':MODEL,'config':'{\\'enableOTA\\':1}'}|config: enableOTA must be true or"
            + " false",
        "[]|The request body must be a JSON object",
        "{|The request body is not valid JSON",
        "{}|The request has 2 invalid fields",
      })
  void a_new_device_that_is_none_is_refused(String body, String error) {
    String json = body.replace('\'', '"').replace("MODEL", Integer.toString(registry.newModel()));
    Api.Answer answer = api.post("/api/devices", json);

    refused(answer, 400, error);
    assertThat(answer.json().getString("code")).isEqualTo("VALIDATION_FAILED");
  }

  @Test
  void every_invalid_field_is_named() {
    assertThat(api.post("/api/devices", "{\"x\":1}").json().getJsonObject("details"))
        .hasToString(
            "{\"fields\":[{\"field\":\"device_model_id\",\"message\":\"is required\"},"
                + "{\"field\":\"config\",\"message\":\"is required\"},"
                + "{\"field\":\"x\",\"message\":\"is not a known field\"}]}");
  }

  @Test
  void a_body_over_one_mebibyte_is_too_large() {
    Api.Answer answer =
        registry.create(registry.newModel(), "{\"x\":\"" + "x".repeat(1 << 20) + "\"}");

    refused(answer, 413, "The request body is larger than 1 MiB");
    assertThat(answer.json().getString("code")).isEqualTo("PAYLOAD_TOO_LARGE");
  }

  @Test
  void what_is_not_there_is_not_found() {
    String device = "/api/devices/" + NOWHERE;
    String missing = "Device " + NOWHERE + " was not found";
    refused(api.get(device), 404, missing);
    refused(registry.change(NOWHERE, "{}", true), 404, missing);
    refused(api.delete(device), 404, missing);
    refused(api.get(device + "/provisioning"), 404, missing);
    refused(api.get(device + "/keycloak-status"), 404, missing);
    refused(api.post(device + "/keycloak-sync"), 404, missing);
    refused(registry.create(NOWHERE, "{}"), 404, "Device model " + NOWHERE + " was not found");
    String model = "/api/device-models/" + NOWHERE;
    refused(api.get(model), 404, "Device model " + NOWHERE + " was not found");
    refused(api.put(model, fields().build()), 404, "Device model " + NOWHERE + " was not found");
    refused(api.delete(model), 404, "Device model " + NOWHERE + " was not found");
    refused(api.get("/api/devices/x"), 404, "There is nothing at this address");
  }

  @Test
  void an_update_needs_both_its_fields() {
    int id = registry.create(registry.newModel(), "{}").json().getInt("id");
    refused(
        api.put("/api/devices/" + id, fields().build()), 400, "The request has 2 invalid fields");
    refused(
        api.put("/api/devices/" + id, fields().add("config", "{}").build()),
        400,
        "active: is required");
    refused(
        api.put("/api/devices/" + id, fields().add("config", "{}").add("active", "true").build()),
        400,
        "active: must be true or false");
  }

  @Test
  void a_partition_for_the_flash_holds_what_the_device_is_told() {
    int id = registry.create(registry.newModel(), "{}").json().getInt("id");
    String path = "/api/devices/" + id + "/provisioning";
    Api.Answer answer = api.get(path + "?partition_size=20480");
    byte[] image = Base64.getDecoder().decode(answer.json().getString("data"));

    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    assertThat(answer.json()).containsOnlyKeys("size", "data");
    assertThat(answer.json().getInt("size")).isEqualTo(image.length).isEqualTo(20_480);
    Map<String, String> told = new TreeMap<>();
    JsonObject plain = api.get(path).json();
    plain.keySet().forEach(name -> told.put("prov." + name, plain.getString(name)));
    assertThat(told).hasSize(8).containsEntry("prov.wifi_password", "p\u00e4ss word");
    assertThat(NvsReader.read(image).strings()).isEqualTo(told);
    for (String size : List.of("8192", "12289", "0", "-4096", "4198400", "99999999999", "x", "")) {
      assertThat(api.get(path + "?partition_size=" + size).status()).as(size).isEqualTo(400);
    }
    refused(
        api.get(path + "?partition_size=8192"),
        400,
        "partition_size: must be a multiple of 4096 from 12288 to 4194304");
  }

  @Test
  void what_was_changed_since_it_was_read_is_not_written_over() throws Exception {
    int modelId = registry.newModel();
    String model = "/api/device-models/" + modelId;
    int id = registry.create(modelId, "{}").json().getInt("id");
    String device = "/api/devices/" + id;
    for (String path : List.of(device, model)) {
      JsonObject body =
          path.equals(model)
              ? fields().add("name", "y").build()
              : fields().add("config", "{ }").add("active", true).build();
      String first = api.get(path).header("ETag");
      assertThat(first).matches("\"[0-9a-f]{32}\"").isEqualTo(api.get(path).header("ETag"));
      Api.Answer written = api.with("If-Match", first).put(path, body);
      assertThat(written.status()).isEqualTo(200);
      assertThat(written.header("ETag"))
          .isNotEqualTo(first)
          .isEqualTo(api.get(path).header("ETag"));
      Api.Answer late = api.with("If-Match", first).put(path, body);
      assertThat(late.status()).isEqualTo(412);
      assertThat(late.json().getString("code")).isEqualTo("PRECONDITION_FAILED");
      assertThat(late.json().getString("error")).contains("has been changed since it was read");
      String weak = "W/" + written.header("ETag");
      assertThat(api.with("If-Match", weak).put(path, body).status()).isEqualTo(412);
      assertThat(api.with("If-Match", "*").put(path, body).status()).isEqualTo(200);
      assertThat(api.put(path, body).status()).as("without a condition").isEqualTo(200);
    }
    assertThat(writers(device)).containsOnlyOnce(200).contains(412);
    assertThat(writers(model)).containsOnlyOnce(200).contains(412);
    Api stale = api.with("If-Match", "\"stale\"");
    assertThat(stale.delete(model).status()).as("it has devices").isEqualTo(400);
    assertThat(stale.delete(device).status()).isEqualTo(412);
    assertThat(api.with("If-Match", api.get(device).header("ETag")).delete(device).status())
        .isEqualTo(204);
    assertThat(stale.delete(model).status()).isEqualTo(412);
    assertThat(stale.delete("/api/devices/" + NOWHERE).status()).isEqualTo(404);
    assertThat(api.with("If-Match", "*").delete(model).status()).isEqualTo(204);
  }

  /** What many who have seen the same are answered when they write at once. */
  private List<Integer> writers(String path) throws Exception {
    Api writer = api.with("If-Match", api.get(path).header("ETag"));
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Callable<Integer>> writes = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        JsonObject body =
            path.contains("models")
                ? fields().add("name", "n" + i).build()
                : fields().add("config", "{\"n\":" + i + "}").add("active", true).build();
        writes.add(() -> writer.put(path, body).status());
      }
      List<Integer> answers = new ArrayList<>();
      for (Future<Integer> answer : threads.invokeAll(writes)) {
        answers.add(answer.get());
      }
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }

  private List<Integer> ids(String query) {
    return api.get("/api/devices" + query).json().getJsonArray("devices").stream()
        .map(row -> row.asJsonObject().getInt("id"))
        .toList();
  }

  private static void refused(Api.Answer answer, int status, String error) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json()).containsOnlyKeys("error", "code", "details", "correlationId");
    assertThat(answer.json().getString("error")).isEqualTo(error);
    assertThat(answer.json().getString("correlationId")).isEqualTo(answer.header("X-Request-ID"));
  }
}
