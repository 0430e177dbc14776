package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.microshed.testing.jupiter.MicroShedTest;

/** How subscriptions to the fleet and to models are asked for, listed and refused. */
@MicroShedTest
public class FleetSubscriptionIT {
  private final SharedStack stack = SharedStack.get();
  private final Operator operator = Operator.editor(stack.fleetcast());
  private final String requestId = Operator.unique("fleet");
  private final int model = new Registry(operator.api()).newModel();
  private final int deviceId = operator.device(requestId);

  @Test
  void editors_see_who_follows_the_fleet_or_a_model_in_a_row_without_device() {
    String another = Operator.unique("a-model");
    try (SseClient stream = operator.open(requestId);
        SseClient models = operator.open(another)) {
      operator.subscribe(requestId, fleet());
      operator.subscribe(requestId, deviceId);
      operator.subscribe(another, model().add("fleet", false));
      JsonObject row =
          operator
              .api()
              .get("/api/device-logs/subscriptions")
              .json()
              .getJsonArray("subscriptions")
              .getJsonObject(0);
      assertThat(row.isNull("device_id")).isTrue();
      assertThat(row.isNull("device_entity_id")).isTrue();
      assertThat(row.getJsonArray("request_ids").toString()).contains(requestId, another);
      assertThat(operator.watched(deviceId))
          .singleElement()
          .hasToString(
              "{\"device_entity_id\":\"%s\",\"device_id\":%d,\"request_ids\":[\"%s\"]}"
                  .formatted(requestId, deviceId, requestId));
      assertThat(stream.isEnded() || models.isEnded()).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"device_id\":1,\"x\":1 | x: is not a known field",
        "\"tail\":1 | device_id: is required",
        "\"device_id\":null,\"fleet\":null | device_id: is required",
        "\"device_id\":1,\"fleet\":true | device_id: only one of device_id, device_model_id and fleet may be given",
        "\"device_id\":1,\"device_model_id\":1 | device_id: only one of device_id, device_model_id and fleet may be given",
        "\"device_model_id\":1,\"fleet\":true | device_id: only one of device_id, device_model_id and fleet may be given",
        "\"fleet\":false | fleet: must be true",
        "\"fleet\":1 | fleet: must be",
        "\"device_model_id\":\"1\" | device_model_id: must be an integer",
      })
  void what_names_not_exactly_one_log_is_refused(String fields, String error) {
    for (String verb : List.of("subscribe", "unsubscribe")) {
      Api.Answer answer =
          operator.api().post("/api/device-logs/" + verb, "{\"request_id\":\"x\"," + fields + "}");
      assertThat(answer.status()).as(answer.body()).isEqualTo(400);
      assertThat(answer.json().getString("code")).isEqualTo("VALIDATION_FAILED");
      if (!fields.contains("tail") || verb.equals("subscribe")) {
        assertThat(answer.json().getString("error")).contains(error);
      }
    }
  }

  @Test
  void a_model_that_is_not_there_and_a_stream_of_somebody_else_are_refused_in_that_order() {
    JsonObjectBuilder nowhere = Json.createObjectBuilder().add("device_model_id", Registry.NOWHERE);
    Refusals.refused(
        operator.subscribe("nobody", nowhere),
        404,
        "Device model " + Registry.NOWHERE + " was not found");
    for (JsonObjectBuilder body : List.of(fleet(), model())) {
      Refusals.refused(
          operator.subscribe("nobody", body), 403, "No identity binding for this SSE connection");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tail=1001,400",
    "tail=x,400",
    "level=X,400",
    "model_id=x,400",
    "format=xml,400",
    "request_id=a%20b,400",
    "model_id=999999,404"
  })
  void the_stream_of_the_fleet_is_refused_as_the_others_are(String query, int status) {
    String path = "/api/logs/stream?" + query;
    assertThat(operator.api().get(path).status()).isEqualTo(status);
    assertThat(operator.api().get("/api/logs/stream?contains=" + "x".repeat(257)).status())
        .isEqualTo(400);
    assertThat(Api.at(stack.fleetcast().uri()).get(path).status()).isEqualTo(401);
  }

  private static JsonObjectBuilder fleet() {
    return Json.createObjectBuilder().add("fleet", true);
  }

  private JsonObjectBuilder model() {
    return Json.createObjectBuilder().add("device_model_id", model);
  }
}
