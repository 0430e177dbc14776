package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.fleetcast.AsyncApiDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class SinkIT {
  private static final Duration A_WHILE = Duration.ofMinutes(2);

  private final SharedStack stack = SharedStack.get();
  private final Operator operator = Operator.editor(stack.fleetcast());

  @AutoClose private final MqttPublisher device = MqttPublisher.connected(stack.broker().uri());
  private final Api elasticsearch = Api.at(stack.elasticsearch().uri());

  @Test
  void a_line_reaches_its_viewer_and_history_with_the_same_id_and_time() {
    String entity = Operator.unique("sensor");
    int id = operator.device(entity);
    try (SseClient stream = operator.open(entity)) {
      assertThat(operator.subscribe(entity, id).body())
          .isEqualTo("{\"device_entity_id\":\"" + entity + "\",\"status\":\"subscribed\"}");
      device.publish(
          TOPIC,
          "{\"entity_id\":\"%s\",\"message\":\"\\u001b[32mI (12) boot: up\\u001b[0m\",\"relative_time\":1,\"extra\":{\"a\":1.50}}"
              .formatted(entity));
      JsonObject live = lines(stream.await(SOON, "device-logs")).get(0);
      new AsyncApiDocument().describesEvents(stream.events());
      assertThat(live.getString("message")).isEqualTo("I (12) boot: up");
      assertThat(live.getString("level")).isEqualTo("I");
      assertThat(live.getString("tag")).isEqualTo("boot");
      assertThat(live.getJsonObject("extra")).hasToString("{\"a\":1.50}");
      assertThat(live.getString("@timestamp"))
          .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
      assertThat(live).doesNotContainKey("relative_time");

      JsonObject stored = operator.logs(id, "").json().getJsonArray("logs").getJsonObject(0);
      assertThat(stored.getString("id")).isEqualTo(live.getString("id"));
      assertThat(stored.getString("timestamp")).isEqualTo(live.getString("@timestamp"));
      assertThat(stored.getString("message")).isEqualTo("I (12) boot: up");

      JsonObject document = awaitStored(entity, 1).get(0);
      assertThat(document.getString("_id")).isEqualTo(live.getString("id"));
      assertThat(document.getJsonObject("_source")).isEqualTo(live);
    }
  }

  @Test
  void the_lines_of_one_message_go_in_one_event_for_each_device() {
    String one = Operator.unique("one");
    String two = Operator.unique("two");
    int first = operator.device(one);
    int second = operator.device(two);
    try (SseClient stream = operator.open(one)) {
      operator.subscribe(one, first);
      operator.subscribe(one, second);
      device.publish(TOPIC, line(one, 1) + line(two, 2) + line(one, 3) + "\r\n" + line(one, 4));
      stream.await(SOON, e -> e.data().contains("\"device_entity_id\":\"" + one));
      List<SseEvent> events = stream.events("device-logs"); // by the time of their last lines
      assertThat(events).hasSize(2);
      assertThat(lines(events.get(0))).extracting(l -> l.getInt("n")).containsExactly(2);
      assertThat(lines(events.get(1))).extracting(l -> l.getInt("n")).containsExactly(1, 3, 4);
    }
  }

  @Test
  void bad_lines_are_quarantined_with_a_reason_and_the_good_ones_around_them_arrive() {
    String entity = Operator.unique("hostile");
    int id = operator.device(entity);
    byte[] notUtf8 =
        ("{\"entity_id\":\"" + entity + "\",\"m\":\"\u00ff\",}\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    String marker = "\"from\":\"" + entity + "\"";
    String bad =
        "[\""
            + entity
            + "\"]\n"
            + "{\"entity_id\":[\"x\"],"
            + marker
            + "}\n"
            + "{"
            + marker
            + ",\"n\":NaN}\n"
            + "{"
            + marker
            + ",\"m\":\""
            + "x".repeat(300 * 1024)
            + "\"}\n"
            + "{"
            + marker
            + ",\"m\":"
            + "[".repeat(10_000)
            + "]".repeat(10_000)
            + "}\n"
            + "{"
            + marker
            + "\n";
    try (SseClient stream = operator.open(entity)) {
      operator.subscribe(entity, id);
      device.publish(TOPIC, new byte[0]);
      device.publish(TOPIC, join(line(entity, 1).getBytes(StandardCharsets.UTF_8), notUtf8));
      device.publish(TOPIC, line(entity, 2) + bad + "\r\n\n  \r\n" + line(entity, 3));
      device.publish(
          TOPIC, "{\"entity_id\":\"%s\",\"n\":4,\"message\":\"a\u2028b\"}\r\n".formatted(entity));
      stream.await(SOON, e -> e.data().contains("\"n\":4"));
      List<JsonObject> shown = new ArrayList<>();
      stream.events("device-logs").forEach(event -> shown.addAll(lines(event)));
      assertThat(shown).extracting(l -> l.getInt("n")).containsExactly(1, 2, 3, 4);
      assertThat(shown.get(3).getString("message")).isEqualTo("a\u2028b");
      Awaitility.await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                List<JsonObject> letters = deadLetters(entity);
                assertThat(letters).hasSize(7);
                assertThat(letters).allMatch(l -> !l.getString("reason").isBlank());
                assertThat(letters)
                    .extracting(l -> l.getString("encoding"))
                    .contains("text", "base64");
              });
    }
  }

  @Test
  void fields_that_elasticsearch_refuses_keep_no_line_from_being_stored_and_found() {
    String entity = Operator.unique("odd");
    int id = operator.device(entity);
    List<String> odd =
        List.of(
            "\"level.name\":\"ERROR\"",
            "\"_id\":\"0017\"",
            "\"\":1",
            "\"tag\":{\"module\":\"pump\"}",
            "\"extra\":1.50");
    StringBuilder payload = new StringBuilder();
    for (String field : odd) {
      payload.append(
          "{\"entity_id\":\"%s\",\"message\":\"E (1) pump: stalled\",%s}\n"
              .formatted(entity, field));
    }
    device.publish(TOPIC, payload.toString());
    assertThat(awaitStored(entity, 5))
        .extracting(document -> document.getJsonObject("_source"))
        .allMatch(source -> source.getString("level").equals("E"))
        .anyMatch(source -> source.get("extra") != null);
    HistoryIT.awaitEmptyJournal(stack.fleetcast());
    assertThat(operator.logs(id, "?query=*stalled").json().getJsonArray("logs")).hasSize(5);
    assertThat(deadLetters(entity)).isEmpty();
    try (SseClient stream = operator.follow(id, "?tail=5")) {
      stream.await(SOON, e -> e.data().contains("1.50"));
      String tail = stream.events("device-logs").toString();
      assertThat(odd).allMatch(tail::contains);
    }
    assertThat(operator.api().get("/health/ready").body())
        .contains("\"templates\":\"ok\"", "\"journal\":\"ok\"");
  }

  @Test
  void what_firmware_means_beyond_doubt_is_shown_and_stored() {
    String entity = Operator.unique("near");
    int id = operator.device(entity);
    String start = "{\"entity_id\":\"" + entity + "\",\"message\":\"";
    String lines =
        (start + "\u001b[31mE (1) x: raw escape\u001b[0m\"}\n")
            + (start + "a\tb\"}\n")
            + (start + "trailing\"}\0\r\n")
            + ("\u00ef\u00bb\u00bf" + start + "byte order mark\"}\n")
            + (start + "21.5 \u00b0C in Latin-1\"}\n")
            + (start + "half \\ud83d\"}\n")
            + ("{\"entity_id\":\"" + entity + "\",\"temp\":nan,\"message\":\"no\"}\n")
            + (start + "\\x1b[31mC escape\"}\n")
            + (start + "last\",\"level\":\"warning\"}\n\0");
    String[] taken = {
      "E (1) x: raw escape",
      "a\tb",
      "trailing",
      "byte order mark",
      "21.5 \ufffdC in Latin-1",
      "half \ufffd",
      "last"
    };
    try (SseClient stream = operator.open(entity)) {
      operator.subscribe(entity, id);
      device.publish(TOPIC, lines.getBytes(StandardCharsets.ISO_8859_1));
      List<JsonObject> shown = lines(stream.await(SOON, "device-logs"));
      assertThat(shown).extracting(l -> l.getString("message")).containsExactly(taken);
      assertThat(shown.get(0).getString("level")).isEqualTo("E");
      assertThat(shown.get(6).getString("severity_letter")).isEqualTo("W");
      assertThat(messages(id)).containsExactly(taken);
      assertThat(awaitStored(entity, 7)).hasSize(7);
      Awaitility.await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(deadLetters(entity))
                      .hasSize(2)
                      .allMatch(l -> l.getString("reason").contains("not valid JSON at column "))
                      .allMatch(l -> l.getString("entity_id").equals(entity)));
    }
  }

  @Test
  void a_number_that_is_hard_to_read_stops_nobody() {
    String poisoned = Operator.unique("poison");
    String other = Operator.unique("other");
    int first = operator.device(poisoned);
    int second = operator.device(other);
    String number = "1".repeat(996) + "e-1001";
    JsonObjectBuilder errors =
        Json.createObjectBuilder().add("filter", Json.createObjectBuilder().add("level", "E"));
    try (SseClient stream = operator.open(poisoned)) {
      operator.subscribe(poisoned, first, errors);
      operator.subscribe(poisoned, second);
      device.publish(TOPIC, line(other, 1));
      device.publish(
          TOPIC,
          "{\"entity_id\":\"%s\",\"message\":\"poison\",\"level\":\"error\",\"v\":%s}"
              .formatted(poisoned, number));
      device.publish(TOPIC, line(other, 2));
      stream.await(SOON, e -> e.data().contains("\"n\":2"));
      assertThat(stream.events("device-logs"))
          .extracting(e -> lines(e).get(0).getString("message"))
          .containsExactly("I (1) test: line 1", "poison", "I (2) test: line 2");
      assertThat(stream.events("device-logs").get(1).data()).contains("\"v\":" + number);
      assertThat(messages(first)).containsExactly("poison");
      assertThat(messages(second)).hasSize(2);
      assertThat(operator.api().get("/health/ready").status()).isEqualTo(200);
    }
  }

  @Test
  void a_line_without_entity_is_stored_and_shown_to_nobody() {
    String marker = Operator.unique("nobody");
    try (SseClient stream = operator.open(marker)) {
      device.publish(TOPIC, "{\"entity_id\":\"\",\"message\":\"" + marker + "\"}");
      Awaitility.await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(search("logstash-http-*", "message.keyword", marker)).hasSize(1));
      assertThat(stream.events("device-logs")).isEmpty();
    }
  }

  @Test
  void twenty_thousand_lines_of_ten_devices_are_stored_once_and_shown_in_order() {
    String run = Operator.unique("fleet");
    List<String> entities = new ArrayList<>();
    try (SseClient stream = operator.open(run)) {
      for (int d = 0; d < 10; d++) {
        entities.add(run + "." + d);
        operator.subscribe(run, operator.device(run + "." + d));
      }
      for (int batch = 0; batch < 1_000; batch++) {
        StringBuilder payload = new StringBuilder();
        String entity = entities.get(batch % 10);
        for (int i = 0; i < 20; i++) {
          payload.append(line(entity, batch / 10 * 20 + i));
        }
        device.publish(TOPIC, payload.toString());
        if (batch % 100 == 99) { // never more on the way than the log in memory holds
          int published = batch + 1;
          Awaitility.await()
              .atMost(A_WHILE)
              .until(() -> stream.events("device-logs").size() == published);
        }
      }
      for (String entity : entities) {
        List<Integer> seen = new ArrayList<>();
        stream.events("device-logs").stream()
            .filter(e -> e.json().getString("device_entity_id").equals(entity))
            .forEach(e -> lines(e).forEach(l -> seen.add(l.getInt("n"))));
        assertThat(seen).hasSize(2_000).isSorted().doesNotHaveDuplicates();
      }
      for (String entity : entities) {
        List<JsonObject> stored = awaitStored(entity, 2_000);
        assertThat(stored).extracting(d -> d.getString("_id")).doesNotHaveDuplicates();
        Set<Integer> numbers = new HashSet<>();
        stored.forEach(d -> numbers.add(d.getJsonObject("_source").getInt("n")));
        assertThat(numbers).hasSize(2_000);
      }
    }
  }

  private List<String> messages(int deviceId) {
    Api.Answer history = operator.logs(deviceId, "");
    assertThat(history.status()).isEqualTo(200);
    return history.json().getJsonArray("logs").getValuesAs(JsonObject.class).stream()
        .map(row -> row.getString("message"))
        .toList();
  }

  private List<JsonObject> awaitStored(String entity, int count) {
    return Awaitility.await("stored lines of " + entity)
        .atMost(A_WHILE)
        .until(
            () -> search("logstash-http-*", "entity_id", entity), found -> found.size() >= count);
  }

  private List<JsonObject> deadLetters(String mark) {
    List<JsonObject> letters = new ArrayList<>();
    for (JsonObject hit : hits(elasticsearch.get("/fleetcast-dead-letter-*/_search?size=10000"))) {
      JsonObject letter = hit.getJsonObject("_source");
      String raw =
          letter.getString("encoding").equals("base64")
              ? new String(
                  java.util.Base64.getDecoder().decode(letter.getString("raw")),
                  StandardCharsets.ISO_8859_1)
              : letter.getString("raw");
      if (raw.contains(mark)) {
        letters.add(letter);
      }
    }
    return letters;
  }

  private List<JsonObject> search(String index, String field, String value) {
    JsonObject query =
        Json.createObjectBuilder()
            .add("size", 10_000)
            .add(
                "query",
                Json.createObjectBuilder()
                    .add("term", Json.createObjectBuilder().add(field, value)))
            .build();
    return hits(elasticsearch.post("/" + index + "/_search", query));
  }

  /** None while the shards of an index that was made just now are not there yet. */
  private static List<JsonObject> hits(Api.Answer answer) {
    return answer.status() == 503
        ? List.of()
        : answer.json().getJsonObject("hits").getJsonArray("hits").getValuesAs(JsonObject.class);
  }

  static List<JsonObject> lines(SseEvent event) {
    return event.json().getJsonArray("logs").getValuesAs(JsonObject.class);
  }

  private static String line(String entity, int n) {
    return "{\"entity_id\":\"%s\",\"n\":%d,\"message\":\"I (%d) test: line %d\"}\n"
        .formatted(entity, n, n, n);
  }

  private static byte[] join(byte[] a, byte[] b) {
    byte[] joined = java.util.Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }
}
