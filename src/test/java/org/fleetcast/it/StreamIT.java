package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.AsyncApiDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class StreamIT {
  private final SharedStack stack = SharedStack.get();
  private final Operator operator = Operator.editor(stack.fleetcast());
  private final AsyncApiDocument documented = new AsyncApiDocument();

  @AutoClose private final MqttPublisher device = MqttPublisher.connected(stack.broker().uri());

  @Test
  void a_stream_begins_with_ready_and_the_headers_of_an_event_stream() {
    String id = Operator.unique("begin");
    try (SseClient stream = operator.open(id)) {
      assertThat(stream.headers().firstValue("Content-Type"))
          .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
      assertThat(stream.headers().firstValue("Cache-Control")).hasValue("no-cache");
      assertThat(stream.headers().firstValue("X-Accel-Buffering")).hasValue("no");
      assertThat(stream.headers().firstValue("Content-Encoding")).isEmpty();
      JsonObject ready = stream.events().get(0).json();
      assertThat(stream.events().get(0).name()).isEqualTo("ready");
      assertThat(ready)
          .hasToString("{\"request_id\":\"" + id + "\",\"resumed\":false,\"subscriptions\":[]}");
      Awaitility.await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                assertThat(stream.lastEventId())
                    .hasValueSatisfying(last -> assertThat(last).matches("\\d+"));
                assertThat(stream.retry())
                    .hasValueSatisfying(r -> assertThat(r.toMillis()).isBetween(1_000L, 3_000L));
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a%20b", "a%2Fb", "%C3%A9", "a%0Ab"})
  void a_request_id_that_is_none_is_refused(String id) {
    Api.Answer answer = operator.api().get("/api/sse/stream?request_id=" + id);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("code")).isEqualTo("VALIDATION_FAILED");
    assertThat(operator.api().get("/api/sse/stream?request_id=" + "x".repeat(129)).status())
        .isEqualTo(400);
  }

  @Test
  void a_stream_without_token_is_refused_before_it_begins() {
    Api.Answer answer = Api.at(stack.fleetcast().uri()).get("/api/sse/stream?request_id=anybody");
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.json().getString("code")).isEqualTo("AUTHENTICATION_REQUIRED");
  }

  @Test
  void subscribing_follows_the_table_of_the_contract_in_its_order() {
    String id = Operator.unique("table");
    int known = operator.device(id);
    int noEntity = operator.device(jakarta.json.Json.createObjectBuilder().add("deviceName", "x"));
    for (String verb : List.of("subscribe", "unsubscribe")) {
      String path = "/api/device-logs/" + verb;
      refused(path, "{\"request_id\":\"x\"}", 400, "device_id: is required");
      refused(path, "{\"request_id\":7,\"device_id\":1}", 400, "request_id: must be a string");
      refused(
          path, "{\"request_id\":\"x\",\"device_id\":\"1\"}", 400, "device_id: must be an integer");
      refused(
          path, "{\"request_id\":\"x\",\"device_id\":true}", 400, "device_id: must be an integer");
      refused(
          path, "{\"request_id\":\"x\",\"device_id\":1,\"y\":1}", 400, "y: is not a known field");
      refused(path, "{", 400, "The request body is not valid JSON");
      refused(path, pair("x", 999_999), 404, "Device 999999 was not found");
      refused(path, pair("x", noEntity), 404, "Device entity ID " + noEntity + " was not found");
      refused(
          path, pair("nobody-has-this", known), 403, "No identity binding for this SSE connection");
    }
    try (SseClient stream = operator.open(id)) {
      refused(
          "/api/device-logs/unsubscribe",
          pair(id, known),
          404,
          "Subscription " + id + " was not found");
      assertThat(operator.subscribe(id, known).status()).isEqualTo(200);
      assertThat(operator.subscribe(id, known).status()).isEqualTo(200);
      assertThat(operator.unsubscribe(id, known).body()).isEqualTo("{\"status\":\"unsubscribed\"}");
      assertThat(operator.unsubscribe(id, known).status()).isEqualTo(404);
      assertThat(stream.isEnded()).isFalse();
    }
  }

  @Test
  void nobody_sees_anothers_lines_even_with_the_same_request_id() {
    String id = Operator.unique("private");
    int deviceId = operator.device(id);
    Operator other = Operator.viewer(stack.fleetcast(), Operator.unique("mallory"));
    try (SseClient mine = operator.open(id)) {
      assertThat(other.subscribe(id, deviceId).status()).isEqualTo(403);
      try (SseClient theirs = other.open(id)) {
        operator.subscribe(id, deviceId);
        device.publish(TOPIC, "{\"entity_id\":\"%s\",\"message\":\"secret\"}".formatted(id));
        mine.await(SOON, "device-logs");
        other.subscribe(id, deviceId);
        device.publish(TOPIC, "{\"entity_id\":\"%s\",\"message\":\"shared\"}".formatted(id));
        theirs.await(SOON, "device-logs");
        assertThat(theirs.events("device-logs"))
            .singleElement()
            .satisfies(e -> assertThat(e.data()).contains("shared"));
      }
    }
  }

  @Test
  void a_second_stream_of_the_same_id_replaces_the_first_and_keeps_its_subscriptions() {
    String id = Operator.unique("replaced");
    int deviceId = operator.device(id);
    try (SseClient first = operator.open(id)) {
      operator.subscribe(id, deviceId);
      try (SseClient second = operator.open(id)) {
        JsonObject ready = second.events("ready").get(0).json();
        assertThat(ready.getBoolean("resumed")).isTrue();
        assertThat(ready.getJsonArray("subscriptions")).hasToString("[" + deviceId + "]");
        SseEvent close = first.await(SOON, "connection_close");
        assertThat(close.data()).isEqualTo("{\"reason\":\"replaced\"}");
        first.awaitEnd(SOON);
        device.publish(TOPIC, "{\"entity_id\":\"%s\",\"n\":1}".formatted(id));
        second.await(SOON, "device-logs");
        assertThat(first.events("device-logs")).isEmpty();
        documented.describesEvents(first.events());
        documented.describesEvents(second.events());
      }
    }
  }

  @Test
  void of_many_streams_of_one_id_opened_at_once_exactly_one_stays() {
    String id = Operator.unique("rush");
    List<SseClient> streams =
        IntStream.range(0, 40).parallel().mapToObj(i -> operator.open(id)).toList();
    try {
      Awaitility.await()
          .atMost(SOON)
          .until(() -> streams.stream().filter(s -> !s.isEnded()).count() == 1);
    } finally {
      streams.forEach(SseClient::close);
    }
  }

  @Test
  void a_dropped_stream_is_resumed_with_exactly_what_it_missed() {
    String id = Operator.unique("resume");
    int deviceId = operator.device(id);
    String seen;
    try (SseClient first = operator.open(id)) {
      operator.subscribe(id, deviceId);
      device.publish(TOPIC, "{\"entity_id\":\"%s\",\"n\":1}".formatted(id));
      seen = String.valueOf(first.await(SOON, "device-logs").id());
      device.publish(TOPIC, "{\"entity_id\":\"%s\",\"n\":2}".formatted(id));
      first.await(SOON, e -> e.data().contains("\"n\":2"));
    }
    device.publish(TOPIC, "{\"entity_id\":\"%s\",\"n\":3}".formatted(id));
    try (SseClient again = operator.open(id, "", Map.of("Last-Event-ID", seen))) {
      assertThat(again.events("ready").get(0).json().getBoolean("resumed")).isTrue();
      again.await(SOON, e -> e.data().contains("\"n\":3"));
      assertThat(again.events("device-logs"))
          .extracting(e -> SinkIT.lines(e).get(0).getInt("n"))
          .containsExactly(2, 3);
    }
  }

  @Test
  void the_envelope_form_wraps_everything_but_ready() {
    String id = Operator.unique("envelope");
    int deviceId = operator.device(id);
    try (SseClient stream = operator.open(id, "&format=envelope", Map.of())) {
      operator.subscribe(id, deviceId);
      device.publish(TOPIC, "{\"entity_id\":\"%s\",\"n\":1}".formatted(id));
      SseEvent event = stream.await(SOON, e -> e.name().equals("message"));
      assertThat(event.json().getString("type")).isEqualTo("device-logs");
      assertThat(event.json().getJsonObject("payload").getString("device_entity_id")).isEqualTo(id);
      try (SseClient next = operator.open(id, "&format=envelope", Map.of())) {
        SseEvent close = stream.await(SOON, e -> e.data().contains("connection_close"));
        assertThat(close.name()).isEqualTo("message");
        assertThat(close.data())
            .isEqualTo("{\"type\":\"connection_close\",\"payload\":{\"reason\":\"replaced\"}}");
        assertThat(next.status()).isEqualTo(200);
        documented.describesEvents(stream.events());
      }
    }
  }

  @Test
  void logout_ends_the_streams_of_that_subject() {
    Api browser = Api.at(stack.fleetcast().uri()).signedIn(Operator.unique("leaving"), "viewer");
    URI address = stack.fleetcast().uri().resolve("/api/sse/stream?request_id=bye");
    try (SseClient stream = SseClient.open(address, Map.of("Cookie", browser.cookies()))) {
      stream.await(SOON, "ready");
      browser.get("/api/auth/logout");
      assertThat(stream.await(SOON, "connection_close").data())
          .isEqualTo("{\"reason\":\"logout\"}");
      documented.describesEvents(stream.events());
      stream.awaitEnd(SOON);
    }
  }

  @Test
  void subscriptions_follow_their_device() {
    String before = Operator.unique("before");
    String after = Operator.unique("after");
    int deviceId = operator.device(before);
    try (SseClient stream = operator.open(before)) {
      operator.subscribe(before, deviceId);
      JsonObject change =
          jakarta.json.Json.createObjectBuilder()
              .add("config", "{\"deviceEntityId\":\"" + after + "\"}")
              .add("active", true)
              .build();
      assertThat(operator.api().put("/api/devices/" + deviceId, change).status()).isEqualTo(200);
      Awaitility.await().atMost(SOON).until(() -> watchedAs(deviceId).contains(after));
      device.publish(TOPIC, "{\"entity_id\":\"%s\",\"n\":1}".formatted(after));
      stream.await(SOON, e -> e.data().contains(after));
      operator.api().delete("/api/devices/" + deviceId);
      Awaitility.await().atMost(SOON).until(() -> watchedAs(deviceId).equals("[]"));
    }
  }

  private String watchedAs(int deviceId) {
    return operator
        .api()
        .get("/api/device-logs/subscriptions?device_id=" + deviceId)
        .json()
        .getJsonArray("subscriptions")
        .toString();
  }

  private static String pair(String requestId, int deviceId) {
    return Operator.pair(requestId, deviceId).toString();
  }

  private void refused(String path, String body, int status, String error) {
    Api.Answer answer = operator.api().post(path, body);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json().getString("error")).isEqualTo(error);
    assertThat(answer.json().getString("correlationId")).isEqualTo(answer.header("X-Request-ID"));
  }
}
