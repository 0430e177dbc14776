package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.OtlpReceiver;
import org.fleetcast.stack.Progress;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stored lines and then the live ones, each once; on parts of its own, one is frozen. */
@SuppressWarnings("NullAway.Init")
class JoinIT {
  private static final int ROUNDS = Integer.getInteger("fleetcast.joins", 8);

  /** Lines a second of which the log in memory holds more than a busy machine keeps one waiting. */
  static final int SLOWLY = 300;

  private static final Duration A_WHILE = Duration.ofSeconds(60);

  private static Elasticsearch elasticsearch;
  private static Mosquitto broker;
  private static OtlpReceiver collector;
  private static Fleetcast server;
  private static Operator operator;
  private static MqttPublisher device;

  @BeforeAll
  static void start() {
    elasticsearch = Elasticsearch.prepared(Progress.silent());
    broker = Mosquitto.open();
    collector = OtlpReceiver.started();
    server =
        Fleetcast.prepared()
            .with("MQTT_URL", broker.url())
            .with("OTEL_SDK_DISABLED", "false")
            .with("OTEL_TRACES_SAMPLER", "parentbased_always_off")
            .with("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
            .with("OTEL_METRICS_EXPORTER", "none")
            .with("OTEL_BSP_SCHEDULE_DELAY", "200")
            .startWith(elasticsearch);
    operator = Operator.editor(server);
    device = MqttPublisher.connected(broker.uri());
  }

  @AfterAll
  static void stop() {
    device.close();
    server.close();
    broker.close();
    elasticsearch.close();
    collector.close();
  }

  @Test
  void a_message_that_its_device_traces_is_traced_until_viewers_and_elasticsearch_have_it() {
    String entity = Operator.unique("traced");
    String trace = hex(32);
    String parent = hex(16);
    device.publish(
        TOPIC,
        "{\"entity_id\":\"%s\",\"message\":\"up\",\"traceparent\":\"00-%s-%s-01\"}"
            .formatted(entity, trace, parent));
    publish(entity, 0, 3); // which nobody traces
    Awaitility.await()
        .atMost(A_WHILE)
        .untilAsserted(
            () ->
                assertThat(collector.spans(trace))
                    .extracting(OtlpReceiver.Span::name)
                    .containsExactlyInAnyOrder("process " + TOPIC, "journal", "live", "store"));
    OtlpReceiver.Span message =
        collector.spans(trace).stream()
            .filter(span -> span.name().startsWith("process"))
            .findFirst()
            .orElseThrow();
    assertThat(message.parentId()).isEqualTo(parent);
    assertThat(collector.spans(trace))
        .allMatch(span -> span.service().equals("fleetcast"))
        .allMatch(span -> !span.lasted().isNegative())
        .filteredOn(span -> span != message)
        .allMatch(span -> span.parentId().equals(message.id()));
    assertThat(collector.spans()).noneMatch(span -> span.parentId().isEmpty());
  }

  @Test
  void a_request_that_its_caller_traces_has_its_correlation_id_in_the_trace() {
    String trace = hex(32);
    Api traced =
        operator
            .api()
            .with("traceparent", "00-" + trace + "-" + hex(16) + "-01")
            .with("X-Request-ID", "it-" + trace);
    assertThat(traced.get("/api/devices").status()).isEqualTo(200);
    Awaitility.await()
        .atMost(A_WHILE)
        .untilAsserted(
            () ->
                assertThat(collector.spans(trace))
                    .anyMatch(
                        span ->
                            ("it-" + trace)
                                .equals(span.attributes().get("fleetcast.correlation_id"))));
  }

  private static String hex(int digits) {
    String random = UUID.randomUUID().toString() + UUID.randomUUID();
    return random.replace("-", "").substring(0, digits);
  }

  @Test
  void the_log_is_exported_with_the_traces() {
    Awaitility.await()
        .atMost(A_WHILE)
        .until(() -> collector.logs().stream().anyMatch(line -> line.contains("CWWKF0011I")));
  }

  @Tag("long")
  @Test
  void at_a_thousand_lines_a_second_every_join_is_without_hole_or_double() {
    assertJoins(1_000, ROUNDS);
  }

  @Test
  void while_lines_come_every_join_is_without_hole_or_double() {
    assertJoins(SLOWLY, 4);
  }

  private static void assertJoins(int linesPerSecond, int rounds) {
    String entity = Operator.unique("joined");
    int id = operator.device(entity);
    try (Load load = new Load(broker.uri(), entity, linesPerSecond)) {
      Awaitility.await().atMost(A_WHILE).until(() -> load.published() > 1_500);
      for (int round = 0; round < rounds; round++) {
        int tail = round % 2 == 0 ? 100 : 1_000;
        List<SseClient> streams = new ArrayList<>();
        try {
          streams.add(operator.follow(id, "?tail=" + tail));
          streams.add(operator.follow(id, "?tail=" + tail + "&format=named"));
          String requestId = Operator.unique("r");
          streams.add(operator.open(requestId));
          operator.subscribe(requestId, id, Json.createObjectBuilder().add("tail", tail));
          streams.forEach(stream -> stream.await(A_WHILE, "device-logs"));
          int published = load.published() + 10; // what is under way may be shown already
          streams.forEach(stream -> awaitLast(stream, published + 300));
          streams.forEach(stream -> assertContiguous(stream, published - tail));
        } finally {
          streams.forEach(SseClient::close);
        }
      }
      load.stop();
    }
  }

  /** From some line on, that one at the latest, each line once and in order. */
  private static void assertContiguous(SseClient stream, int firstAtMost) {
    List<Integer> numbers = numbers(stream);
    int first = numbers.get(0);
    assertThat(first).isLessThanOrEqualTo(firstAtMost);
    assertThat(numbers).isEqualTo(range(first, first + numbers.size()));
    assertThat(stream.events("gap")).isEmpty();
  }

  @Tag("long")
  @Test
  void with_elasticsearch_frozen_the_journal_and_a_gap_stand_for_the_tail_and_live_lines_go_on() {
    String entity = Operator.unique("frozen");
    int id = operator.device(entity);
    publish(entity, 0, 100);
    HistoryIT.awaitLines(operator, id, 100);
    HistoryIT.awaitEmptyJournal(server);
    String left = Operator.unique("left");
    elasticsearch.suspend();
    try (SseClient leaver = operator.open(left);
        SseClient witness = operator.follow(id, "")) {
      publish(entity, 100, 130);
      awaitLast(witness, 129);
      operator.subscribe(left, id, Json.createObjectBuilder().add("tail", 200));
      operator.unsubscribe(left, id);
      try (SseClient enough = operator.follow(id, "?tail=20");
          SseClient first = operator.follow(id, "?tail=50&request_id=" + entity)) {
        try (SseClient stream = operator.follow(id, "?tail=50&request_id=" + entity)) {
          publish(entity, 130, 140);
          awaitLast(witness, 139);
          assertThat(numbers(witness)).isEqualTo(range(100, 140));
          awaitLast(enough, 139);
          assertThat(numbers(enough)).isEqualTo(range(110, 140));
          assertThat(enough.events("gap")).isEmpty();
          assertThat(stream.events("ready").get(0).json().getBoolean("resumed")).isTrue();
          first.await(SOON, "connection_close");
          awaitLast(stream, 139);
          assertThat(numbers(stream)).isEqualTo(range(100, 140));
          JsonObject gap = stream.events("gap").get(0).json();
          assertThat(gap.getInt("device_id")).isEqualTo(id);
          assertThat(gap.getString("device_entity_id")).isEqualTo(entity);
          assertThat(gap.getInt("missed")).isEqualTo(20);
          assertThat(gap.getString("from")).isEqualTo("1970-01-01T00:00:00.000000Z");
          elasticsearch.resume();
          assertHistoryBefore(id, gap.getString("to"), 100);
        }
      }
      assertThat(leaver.events("device-logs")).isEmpty();
    } finally {
      elasticsearch.resume();
    }
    Awaitility.await("Elasticsearch is asked again")
        .atMost(A_WHILE)
        .until(() -> !beginsWithGap(id));
    assertTail(entity, id, 130, range(10, 140));
  }

  private static boolean beginsWithGap(int id) {
    try (SseClient stream = operator.follow(id, "?tail=130")) {
      return stream.await(A_WHILE, event -> !event.name().equals("ready")).name().equals("gap");
    }
  }

  private static void assertHistoryBefore(int id, String to, int count) {
    Awaitility.await().atMost(A_WHILE).until(() -> operator.logs(id, "?end=" + to).status() == 200);
    JsonObject page = operator.logs(id, "?end=" + to).json();
    assertThat(page.getJsonArray("logs")).hasSize(count);
  }

  @Test
  void a_tail_reaches_over_midnight_into_the_index_of_the_day_before() {
    String entity = Operator.unique("midnight");
    int id = operator.device(entity);
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    LocalDate yesterday = today.minusDays(1);
    StringBuilder bulk = new StringBuilder();
    for (int n = 0; n < 50; n++) {
      bulk.append("{\"create\":{\"_id\":\"%s-%d\"}}\n".formatted(entity, n))
          .append(
              "{\"id\":\"%s-%d\",\"@timestamp\":\"%sT23:59:59.%06dZ\",\"entity_id\":\"%s\",\"n\":%d}\n"
                  .formatted(entity, n, yesterday, 999_000 + n, entity, n));
    }
    write("logstash-http-" + yesterday.toString().replace('-', '.'), bulk.toString());
    publish(entity, 50, 80);
    String sinceMidnight = "?start=" + today.atStartOfDay(ZoneOffset.UTC).toInstant();
    Awaitility.await()
        .atMost(SOON)
        .until(() -> operator.logs(id, sinceMidnight).json().getJsonArray("logs").size() == 30);
    assertTail(entity, id, 60, range(20, 80));
    HistoryIT.awaitEmptyJournal(server);
    assertTail(entity, id, 60, range(20, 80));
    assertTail(entity, id, 1_000, range(0, 80));
  }

  @Test
  void documents_written_before_fleetcast_are_shown_as_they_are() {
    String entity = Operator.unique("old");
    int id = operator.device(entity);
    StringBuilder bulk = new StringBuilder();
    for (int n = 0; n < 300; n++) {
      bulk.append("{\"create\":{}}\n")
          .append(
              "{\"@timestamp\":\"2023-05-05T10:00:00.%06dZ\",\"entity_id\":\"%s\",\"n\":%d,\"x\":{\"y\":[1.10]}}\n"
                  .formatted(2 * n, entity, n));
    }
    // By Elasticsearch's own mapping: times in milliseconds, and ids that it gives.
    String template = "{\"index_patterns\":[\"logstash-http-2023.*\"],\"priority\":600}";
    assertThat(
            Api.at(elasticsearch.uri())
                .send("PUT", "/_index_template/old2023", "application/json", template)
                .status())
        .isEqualTo(200);
    write("logstash-http-2023.05.05", bulk.toString());
    assertTail(entity, id, 120, range(180, 300));
    try (SseClient stream = operator.follow(id, "?tail=1")) {
      SseEvent event = stream.await(SOON, "device-logs");
      assertThat(event.data()).contains("\"x\":{\"y\":[1.10]}");
      JsonObject line = SinkIT.lines(event).get(0);
      assertThat(line.getString("@timestamp")).isEqualTo("2023-05-05T10:00:00.000598Z");
      assertThat(line.getString("id"))
          .isEqualTo(
              operator
                  .logs(id, "?end=" + line.getString("@timestamp"))
                  .json()
                  .getJsonArray("logs")
                  .getJsonObject(299)
                  .getString("id"));
    }
  }

  @Test
  void a_stored_line_looks_as_it_did_live() {
    String entity = Operator.unique("shape");
    int id = operator.device(entity);
    try (SseClient live = operator.follow(id, "")) {
      device.publish(
          TOPIC,
          "{\"entity_id\":\"%s\",\"n\":1,\"z\":{\"b\":1.10,\"a\":[null,1E+3]},\"message\":\"E (1) t: \u00e9\\r\\n\"}"
              .formatted(entity));
      String seen = live.await(SOON, "device-logs").data();
      assertTailIs(id, seen);
      HistoryIT.awaitEmptyJournal(server);
      assertTailIs(id, seen);
    }
  }

  private static void assertTailIs(int id, String data) {
    try (SseClient stream = operator.follow(id, "?tail=5")) {
      assertThat(stream.await(SOON, "device-logs").data()).isEqualTo(data);
    }
  }

  @Test
  void a_line_of_two_devices_comes_once_until_somebody_looks_who_has_not_seen_it() {
    String entity = Operator.unique("twins");
    int first = operator.device(entity);
    int second = operator.device(entity);
    publish(entity, 0, 30);
    HistoryIT.awaitLines(operator, first, 30);
    try (SseClient stream = operator.follow(first, "?tail=10&request_id=" + entity)) {
      awaitLast(stream, 29);
      operator.subscribe(entity, second, Json.createObjectBuilder().add("tail", 20));
      operator.subscribe(entity, second, Json.createObjectBuilder().add("tail", 20));
      publish(entity, 30, 31);
      awaitLast(stream, 30);
      assertThat(stream.events("gap")).isEmpty();
      List<Integer> due = new ArrayList<>(range(20, 30));
      due.addAll(range(10, 20));
      due.add(30);
      assertThat(numbers(stream)).isEqualTo(due);
    }
    try (SseClient again = operator.follow(first, "?tail=5&request_id=" + entity)) {
      publish(entity, 31, 32);
      awaitLast(again, 31);
      assertThat(numbers(again)).isEqualTo(range(26, 32));
    }
  }

  @Test
  void reopened_with_the_last_id_it_goes_on_after_it_and_the_tail_is_not_repeated() {
    String entity = Operator.unique("again");
    int id = operator.device(entity);
    publish(entity, 0, 10);
    HistoryIT.awaitLines(operator, id, 10);
    String query = "?tail=5&request_id=" + entity;
    String seen;
    try (SseClient stream = operator.follow(id, query)) {
      awaitLast(stream, 9);
      assertThat(numbers(stream)).isEqualTo(range(5, 10));
      seen = stream.lastEventId().orElseThrow();
    }
    publish(entity, 10, 12);
    HistoryIT.awaitLines(operator, id, 12);
    try (SseClient stream = operator.follow(id, query + "&last_event_id=" + seen)) {
      publish(entity, 12, 13);
      awaitLast(stream, 12);
      assertThat(numbers(stream)).isEqualTo(range(10, 13));
    }
  }

  @Test
  void the_stream_of_a_device_is_subscribed_from_its_first_event_on_under_a_name_of_its_own() {
    String entity = Operator.unique("own");
    int id = operator.device(entity);
    publish(entity, 0, 3);
    HistoryIT.awaitLines(operator, id, 3);
    try (SseClient stream = operator.follow(id, "?tail=2&format=envelope")) {
      JsonObject ready = stream.events("ready").get(0).json();
      assertThat(ready.getJsonArray("subscriptions")).hasToString("[" + id + "]");
      String requestId = ready.getString("request_id");
      SseEvent event = stream.await(SOON, "message");
      assertThat(event.json().getString("type")).isEqualTo("device-logs");
      assertThat(event.json().getJsonObject("payload").getJsonArray("logs")).hasSize(2);
      assertThat(operator.unsubscribe(requestId, id).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1001", "x", "", "1.0", "99999999999", "%20"})
  void a_tail_that_is_none_is_refused_before_the_device_is_looked_for(String tail) {
    Api.Answer answer = operator.api().get("/api/devices/999999/logs/stream?tail=" + tail);
    Refusals.refused(answer, 400, "VALIDATION_FAILED", "tail: must be between 0 and 1000");
  }

  @Test
  void the_stream_of_a_device_is_refused_as_the_others_are() {
    int id = operator.device(Operator.unique("refused"));
    int silent = operator.device(Json.createObjectBuilder().add("deviceName", "x"));
    String path = "/api/devices/" + id + "/logs/stream";
    assertThat(Api.at(server.uri()).get(path).status()).isEqualTo(401);
    assertThat(operator.api().get(path + "?request_id=a%20b").status()).isEqualTo(400);
    assertThat(operator.api().get(path + "?request_id=").status()).isEqualTo(400);
    assertThat(operator.api().get(path + "?format=xml").status()).isEqualTo(400);
    assertThat(operator.api().send("HEAD", path, "text/plain", "").status()).isEqualTo(405);
    Refusals.refused(
        operator.api().get("/api/devices/999999/logs/stream"), 404, "Device 999999 was not found");
    Refusals.refused(
        operator.api().get("/api/devices/" + silent + "/logs/stream"),
        404,
        "Device entity ID " + silent + " was not found");
  }

  private static void assertTail(String entity, int id, int tail, List<Integer> expected) {
    try (SseClient stream = operator.follow(id, "?tail=" + tail)) {
      awaitLast(stream, expected.get(expected.size() - 1));
      assertThat(numbers(stream)).as(entity).isEqualTo(expected);
      assertThat(stream.events("gap")).isEmpty();
    }
  }

  private static void write(String index, String bulk) {
    Api.Answer written =
        Api.at(elasticsearch.uri())
            .send("POST", "/" + index + "/_bulk?refresh=true", "application/x-ndjson", bulk);
    assertThat(written.json().getBoolean("errors")).isFalse();
  }

  /** Publishes numbered lines, a few a message, and waits for the broker to have them. */
  private static void publish(String entity, int from, int to) {
    for (int start = from; start < to; start += 7) {
      StringBuilder payload = new StringBuilder();
      IntStream.range(start, Math.min(to, start + 7)).forEach(n -> payload.append(line(entity, n)));
      device.publish(TOPIC, payload.toString());
    }
  }

  static String line(String entity, int n) {
    return "{\"entity_id\":\"%s\",\"n\":%d,\"message\":\"I (1) t: x\"}\n".formatted(entity, n);
  }

  static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  static void awaitLast(SseClient stream, int number) {
    Awaitility.await("line " + number)
        .atMost(A_WHILE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              List<SseEvent> events = stream.events("device-logs");
              return !events.isEmpty()
                  && numbers(events.get(events.size() - 1)).stream().anyMatch(n -> n >= number);
            });
  }

  /** The numbers of the lines that a stream got, event by event. */
  static List<List<Integer>> events(SseClient stream) {
    return stream.events("device-logs").stream().map(JoinIT::numbers).toList();
  }

  /** The numbers of all lines that a stream got. */
  static List<Integer> numbers(SseClient stream) {
    return events(stream).stream().flatMap(List::stream).toList();
  }

  static List<Integer> numbers(SseEvent event) {
    return SinkIT.lines(event).stream().map(line -> line.getInt("n")).toList();
  }
}
