package org.fleetcast.it;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import org.fleetcast.stack.Api;

/** The registry of models and devices, as a caller writes to it. */
record Registry(Api api) {
  /** An id that nothing has. */
  static final int NOWHERE = 999_999;

  static final String INSTANT = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z";

  /** The id of a model of its own, without a schema. */
  int newModel() {
    return model(fields().add("code", code()).add("name", "x")).getInt("id");
  }

  JsonObject model(JsonObjectBuilder model) {
    return createModel(model).json();
  }

  Api.Answer createModel(JsonObjectBuilder model) {
    return api.post("/api/device-models", model.build());
  }

  Api.Answer create(int modelId, String config) {
    return api.post(
        "/api/devices", fields().add("device_model_id", modelId).add("config", config).build());
  }

  Api.Answer change(int id, String config, boolean active) {
    return api.put(
        "/api/devices/" + id, fields().add("config", config).add("active", active).build());
  }

  /** A code that no other model has. */
  static String code() {
    return Operator.unique("m").replace('.', '_');
  }

  static JsonObjectBuilder fields() {
    return Json.createObjectBuilder();
  }
}
