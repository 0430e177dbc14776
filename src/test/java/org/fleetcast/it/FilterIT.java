package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class FilterIT {
  private final SharedStack stack = SharedStack.get();
  private final Operator operator = Operator.editor(stack.fleetcast());

  @AutoClose private final MqttPublisher device = MqttPublisher.connected(stack.broker().uri());

  @Test
  void a_level_lets_itself_and_what_is_worse_pass_and_an_event_keeps_only_those() {
    String id = Operator.unique("level");
    int deviceId = operator.device(id);
    try (SseClient stream = operator.open(id)) {
      assertThat(operator.subscribe(id, deviceId, filter("W", null)).status()).isEqualTo(200);
      device.publish(
          TOPIC,
          line(id, 1, "I (1) t: a")
              + line(id, 2, "\\u001b[31mE (1) t: b\\u001b[0m")
              + line(id, 3, "no level")
              + line(id, 4, "W (1) t: c"));
      device.publish(TOPIC, line(id, 5, "D (1) t: d"));
      device.publish(TOPIC, line(id, 6, "E (1) t: e"));
      await(stream, 6);
      assertThat(JoinIT.events(stream)).containsExactly(List.of(2, 4), List.of(6));
    }
  }

  @Test
  void a_line_without_level_counts_as_information() {
    String id = Operator.unique("none");
    int deviceId = operator.device(id);
    try (SseClient stream = operator.open(id)) {
      operator.subscribe(id, deviceId, filter("I", null));
      device.publish(TOPIC, line(id, 1, "no level") + line(id, 2, "D (1) t: x"));
      device.publish(TOPIC, "{\"entity_id\":\"%s\",\"n\":3}".formatted(id));
      await(stream, 3);
      assertThat(JoinIT.numbers(stream)).containsExactly(1, 3);
    }
  }

  @Test
  void text_is_found_in_the_stripped_message_whatever_the_case() {
    String id = Operator.unique("text");
    int deviceId = operator.device(id);
    try (SseClient stream = operator.open(id)) {
      operator.subscribe(id, deviceId, filter(null, "wiFi \u00c9tat"));
      device.publish(
          TOPIC,
          line(id, 1, "WI\\u001b[1mFI \u00e9tat ok")
              + line(id, 2, "wifi etat")
              + line(id, 3, "x wifi \u00e9TAT"));
      await(stream, 3);
      assertThat(JoinIT.numbers(stream)).containsExactly(1, 3);
    }
  }

  @Test
  void fields_are_compared_by_name_and_value() {
    String id = Operator.unique("field");
    int deviceId = operator.device(id);
    try (SseClient stream = operator.open(id)) {
      operator.subscribe(
          id, deviceId, fields(List.of("n:1", "n:3", "n:4"), List.of("where.room:hall")));
      String hall = line(id, 3, "x").replace("}", ",\"where\":{\"room\":\"hall\"}}");
      device.publish(TOPIC, line(id, 1, "x") + line(id, 2, "x") + hall + line(id, 4, "x"));
      await(stream, 4);
      assertThat(JoinIT.numbers(stream)).containsExactly(1, 4);
    }

    String query = "?tail=9&field=where.room:hall&field=entity_id:" + id;
    try (SseClient fleet = operator.followFleet(query)) {
      await(fleet, 3);
      assertThat(JoinIT.numbers(fleet)).containsExactly(3);
    }

    query = "?tail=9&level=I&contains=X&field=n:1&field=n:4&field=n:5";
    try (SseClient one = operator.follow(deviceId, query)) {
      await(one, 4);
      device.publish(
          TOPIC,
          line(id, 5, "y") + line(id, 5, "D (1) t: x") + line(id, 6, "x") + line(id, 5, "x"));
      await(one, 5);
      assertThat(JoinIT.numbers(one)).containsExactly(1, 4, 5);
    }
  }

  @Test
  void subscribing_again_changes_the_filter_or_takes_it_away() {
    String id = Operator.unique("change");
    int deviceId = operator.device(id);
    try (SseClient stream = operator.open(id)) {
      operator.subscribe(id, deviceId, filter("E", null));
      device.publish(TOPIC, line(id, 1, "W (1) t: x") + line(id, 2, "E (1) t: x"));
      await(stream, 2);
      operator.subscribe(id, deviceId, filter("W", "y"));
      device.publish(TOPIC, line(id, 3, "E (1) t: x") + line(id, 4, "W (1) t: y"));
      await(stream, 4);
      operator.subscribe(id, deviceId);
      device.publish(TOPIC, line(id, 5, "D (1) t: x"));
      await(stream, 5);
      assertThat(JoinIT.numbers(stream)).containsExactly(2, 4, 5);
      assertThat(operator.unsubscribe(id, deviceId).status()).isEqualTo(200);
      assertThat(operator.unsubscribe(id, deviceId).status()).isEqualTo(404);
    }
  }

  @Test
  void of_two_devices_of_one_entity_any_filter_lets_a_line_pass_and_it_comes_once() {
    String id = Operator.unique("shared");
    int first = operator.device(id);
    int second = operator.device(id);
    try (SseClient stream = operator.open(id)) {
      operator.subscribe(id, first, filter("E", null));
      operator.subscribe(id, second, filter(null, "boot"));
      device.publish(
          TOPIC,
          line(id, 1, "E (1) t: boot")
              + line(id, 2, "I (1) t: x")
              + line(id, 3, "I (1) t: boot")
              + line(id, 4, "E (1) t: x"));
      await(stream, 4);
      operator.unsubscribe(id, second);
      device.publish(TOPIC, line(id, 5, "I (1) t: boot") + line(id, 6, "E (1) t: x"));
      await(stream, 6);
      assertThat(JoinIT.numbers(stream)).containsExactly(1, 3, 4, 6);
    }
  }

  @Test
  void a_filter_follows_its_device_to_another_entity() {
    String before = Operator.unique("before");
    String after = Operator.unique("after");
    int deviceId = operator.device(before);
    try (SseClient stream = operator.open(before)) {
      operator.subscribe(before, deviceId, filter("E", null));
      JsonObject change =
          Json.createObjectBuilder()
              .add("config", "{\"deviceEntityId\":\"" + after + "\"}")
              .add("active", true)
              .build();
      operator.api().put("/api/devices/" + deviceId, change);
      Awaitility.await()
          .atMost(SOON)
          .until(
              () ->
                  operator
                      .api()
                      .get("/api/device-logs/subscriptions?device_id=" + deviceId)
                      .body()
                      .contains(after));
      device.publish(TOPIC, line(after, 1, "I (1) t: x") + line(after, 2, "E (1) t: x"));
      await(stream, 2);
      assertThat(JoinIT.numbers(stream)).containsExactly(2);
    }
  }

  @Test
  void a_flood_of_lines_that_it_did_not_ask_for_makes_a_filtered_stream_neither_slow_nor_gapped() {
    String id = Operator.unique("flood");
    int deviceId = operator.device(id);
    String seen;
    try (SseClient first = operator.open(id)) {
      operator.subscribe(id, deviceId, filter("W", null));
      device.publish(TOPIC, line(id, 1, "W (1) t: x"));
      await(first, 1);
      seen = first.lastEventId().orElseThrow();
    }
    // Nobody reads now; this is several times what the log in memory holds.
    String large = line(id, 2, "I (1) t: " + "x".repeat(20_000));
    for (int i = 0; i < 50; i++) {
      device.publish(TOPIC, large.repeat(5));
    }
    device.publish(TOPIC, line(id, 3, "W (1) t: x"));
    try (SseClient again = operator.open(id, "", Map.of("Last-Event-ID", seen))) {
      await(again, 3);
      assertThat(JoinIT.numbers(again)).containsExactly(3);
      assertThat(again.events("gap")).isEmpty();
    }
  }

  @Test
  void a_tail_is_of_lines_that_pass_in_the_journal_and_in_elasticsearch() {
    String id = Operator.unique("tail");
    int deviceId = operator.device(id);
    for (int start = 1; start <= 300; start += 10) {
      StringBuilder message = new StringBuilder();
      for (int n = start; n < start + 10; n++) {
        String level = n % 50 == 0 ? "E" : n % 2 == 0 ? "I" : "D";
        message.append(line(id, n, level + " (1) t: 5*5=\u00c9" + n % 3));
      }
      device.publish(TOPIC, message.toString());
    }
    HistoryIT.awaitLines(operator, deviceId, 300);
    assertFilteredTails(id, deviceId);
    HistoryIT.awaitEmptyJournal(stack.fleetcast());
    assertFilteredTails(id, deviceId);
  }

  private void assertFilteredTails(String id, int deviceId) {
    assertThat(tail(id, deviceId, filter("W", null).add("tail", 3))).containsExactly(200, 250, 300);
    assertThat(tail(id, deviceId, filter("E", null).add("tail", 100)))
        .containsExactly(50, 100, 150, 200, 250, 300);
    assertThat(tail(id, deviceId, filter("I", null).add("tail", 2))).containsExactly(298, 300);
    assertThat(tail(id, deviceId, filter("D", null).add("tail", 2))).containsExactly(299, 300);
    assertThat(tail(id, deviceId, filter(null, "5*5=\u00e90").add("tail", 2)))
        .containsExactly(297, 300);
    assertThat(tail(id, deviceId, filter("E", "\u00e91").add("tail", 9))).containsExactly(100, 250);
    assertThat(tail(id, deviceId, filter(null, "5x5").add("tail", 9))).isEmpty();
    List<String> wanted = List.of("level:E", "n:50", "n:100", "n:101");
    assertThat(tail(id, deviceId, fields(wanted, List.of("n:50")).add("tail", 9)))
        .containsExactly(100);
  }

  /** The numbers of a tail: a line published after it is held until the tail was sent. */
  private List<Integer> tail(String entity, int deviceId, JsonObjectBuilder asked) {
    String requestId = Operator.unique("r");
    int twin = operator.device(entity);
    try (SseClient stream = operator.open(requestId)) {
      operator.subscribe(requestId, twin, filter(null, requestId));
      operator.subscribe(requestId, deviceId, asked);
      device.publish(TOPIC, line(entity, 0, "V (1) t: " + requestId));
      await(stream, 0);
      List<Integer> numbers = JoinIT.numbers(stream);
      assertThat(numbers).endsWith(0);
      return numbers.subList(0, numbers.size() - 1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"filter\":7 | filter: must be an object or null",
        "\"filter\":[] | filter: must be an object or null",
        "\"filter\":\"W\" | filter: must be an object or null",
        "\"filter\":{\"level\":\"X\"} | filter.level: must be one of E, W, I, D, V",
        "\"filter\":{\"level\":\"w\"} | filter.level: must be one of E, W, I, D, V",
        "\"filter\":{\"level\":\"\"} | filter.level: must be one of E, W, I, D, V",
        "\"filter\":{\"level\":1} | filter.level: must be a string or null",
        "\"filter\":{\"contains\":{}} | filter.contains: must be a string or null",
        "\"filter\":{\"field\":\"room:hall\"} | filter.field: must be a list of strings or null",
        "\"filter\":{\"field\":[1]} | filter.field: must be a list of strings or null",
        "\"filter\":{\"without_field\":[\"hall\"]} | filter.without_field: must be at most 16 of name:value, each at most 256 characters",
        "\"filter\":{\"regex\":\"x\"} | filter.regex: is not a known field",
        "\"filters\":{} | filters: is not a known field",
        "\"tail\":-1 | tail: must be between 0 and 1000",
        "\"tail\":1001 | tail: must be between 0 and 1000",
        "\"tail\":1.5 | tail: must be an integer or null",
        "\"tail\":\"5\" | tail: must be an integer or null",
        "\"tail\":99999999999 | tail: must be an integer or null",
        "\"tail\":true | tail: must be an integer or null"
      })
  void what_is_no_filter_and_no_tail_is_refused_before_anything_else(String field, String error) {
    String body = "{\"request_id\":\"x\",\"device_id\":999999," + field + "}";
    Refusals.refused(
        operator.api().post("/api/device-logs/subscribe", body), 400, "VALIDATION_FAILED", error);
    assertThat(operator.api().post("/api/device-logs/unsubscribe", body).status()).isEqualTo(400);
  }

  @Test
  void a_long_text_is_refused_and_an_empty_one_or_null_is_none() {
    String id = Operator.unique("long");
    int deviceId = operator.device(id);
    try (SseClient stream = operator.open(id)) {
      Api.Answer refused = operator.subscribe(id, deviceId, filter(null, "x".repeat(257)));
      Refusals.refused(refused, 400, "filter.contains: must have at most 256 characters");
      assertThat(operator.subscribe(id, deviceId, filter("V", "")).status()).isEqualTo(200);
      JsonObjectBuilder nulls = Json.createObjectBuilder().addNull("tail").addNull("filter");
      assertThat(operator.subscribe(id, deviceId, nulls).status()).isEqualTo(200);
      device.publish(TOPIC, line(id, 1, "V (1) t: x"));
      await(stream, 1);
    }
  }

  private static JsonObjectBuilder filter(@Nullable String level, @Nullable String contains) {
    JsonObjectBuilder filter = Json.createObjectBuilder();
    if (level != null) {
      filter.add("level", level);
    }
    if (contains != null) {
      filter.add("contains", contains);
    }
    return Json.createObjectBuilder().add("filter", filter);
  }

  private static JsonObjectBuilder fields(List<String> only, List<String> without) {
    JsonObjectBuilder filter =
        Json.createObjectBuilder()
            .add("field", Json.createArrayBuilder(only))
            .add("without_field", Json.createArrayBuilder(without));
    return Json.createObjectBuilder().add("filter", filter);
  }

  private static void await(SseClient stream, int number) {
    Awaitility.await().atMost(SOON).until(() -> JoinIT.numbers(stream).contains(number));
  }

  private static String line(String entity, int number, String message) {
    return "{\"entity_id\":\"%s\",\"n\":%d,\"message\":\"%s\"}\n"
        .formatted(entity, number, message);
  }
}
