package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Progress;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No line is lost or doubled, whatever is killed; on parts of its own, since it breaks them. */
@SuppressWarnings("NullAway.Init")
class ResilienceIT {
  private static final int KILLS = Integer.getInteger("fleetcast.kills", 1);
  private static final int LINES_IN_PIECES = 42_000;
  private static final String RECEIVED = "iot_logsink_messages_received_total";
  private static final String SUCCESS = "status=\"success\"";
  private static final int OUTAGE_SECONDS = Integer.getInteger("fleetcast.outage.seconds", 3);

  /** Until a server or a broker that was away is back at work, on a slow machine too. */
  private static final Duration A_WHILE = Duration.ofMinutes(2);

  private static Elasticsearch elasticsearch;
  private static Mosquitto broker;
  private static Fleetcast server;

  @BeforeAll
  static void start() {
    elasticsearch = Elasticsearch.prepared(Progress.silent());
    broker = Mosquitto.open();
    server =
        Fleetcast.prepared()
            .with("MQTT_URL", broker.url())
            .with("CANARY_INTERVAL_SECONDS", "1")
            .with("CANARY_PATIENCE_SECONDS", "2")
            .startWith(elasticsearch);
  }

  @AfterAll
  static void stop() {
    server.close();
    broker.close();
    elasticsearch.close();
  }

  @Test
  void killed_again_and_again_under_a_thousand_lines_a_second_it_loses_none_and_doubles_none() {
    String entity = Operator.unique("killed");
    String large = Operator.unique("large");
    Random random = new Random(Long.getLong("fleetcast.seed", 1));
    Load load = new Load(broker.uri(), entity);
    for (int kill = 0; kill < KILLS; kill++) {
      int before = load.published();
      int more = 500 + random.nextInt(2_500);
      Awaitility.await().atMost(A_WHILE).until(() -> load.published() > before + more);
      publishInPieces(large, kill);
      server.kill();
      server.start();
    }
    assertStoredOnce(entity, load.stop());
    assertStoredOnce(large, KILLS * LINES_IN_PIECES);
  }

  /** One message of more lines than are taken at once; returns when the first of them are. */
  private static void publishInPieces(String entity, int message) {
    double before = Api.at(server.uri()).metric(RECEIVED, SUCCESS);
    StringBuilder payload = new StringBuilder();
    for (int n = 0; n < LINES_IN_PIECES; n++) {
      payload.append(line(entity, message * LINES_IN_PIECES + n)).append('\n');
    }
    try (MqttPublisher device = MqttPublisher.connected(broker.uri())) {
      device.publish(Operator.TOPIC, payload.toString());
    }
    Awaitility.await()
        .atMost(A_WHILE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> Api.at(server.uri()).metric(RECEIVED, SUCCESS) > before + 20_000);
  }

  @Test
  void without_elasticsearch_lines_flow_undelayed_and_are_stored_afterwards() {
    String entity = Operator.unique("outage");
    Operator operator = Operator.editor(server);
    int device = operator.device(entity);
    try (SseClient stream = operator.open(entity)) {
      operator.subscribe(entity, device);
      Load load = new Load(broker.uri(), entity);
      Awaitility.await()
          .atMost(A_WHILE)
          .until(() -> load.published() > 2_000 && numbers(stream).size() > 1_000);
      Duration before = medianDelay(stream, 0);
      elasticsearch.kill();
      Instant killed = Instant.now();
      int seen = stream.events().size();
      int published = load.published();
      Awaitility.await()
          .atMost(Duration.ofMinutes(5))
          .until(() -> load.published() > published + 1_000 * OUTAGE_SECONDS);
      Duration during = medianDelay(stream, seen);
      assertThat(Api.at(server.uri()).get("/health/ready").status()).isEqualTo(200);
      // What was stored a moment before need not be in the journal any more.
      Api.Answer journal = operator.logs(device, "?start=" + killed.plusSeconds(2));
      assertThat(journal.status()).isEqualTo(200);
      assertThat(journal.json().getJsonArray("logs")).isNotEmpty();
      assertThat(operator.logs(device, "").status()).isEqualTo(503);
      elasticsearch.start();
      int total = load.stop();
      Awaitility.await().atMost(A_WHILE).until(() -> numbers(stream).size() >= total);
      assertThat(numbers(stream)).isSorted().doesNotHaveDuplicates().hasSize(total);
      assertStoredOnce(entity, total);
      // A line that waited for Elasticsearch, or for a try to reach it, would be later by far.
      assertThat(during).isLessThan(before.multipliedBy(3).plusSeconds(3));
    }
  }

  @Tag("long")
  @Test
  void a_retained_line_is_taken_once_whoever_connects_and_whatever_is_started_again()
      throws MqttException {
    String entity = Operator.unique("retained");
    try (MqttPublisher device = MqttPublisher.connected(broker.uri())) {
      device.retain(Operator.TOPIC, line(entity, 0));
      awaitStored(entity, 1);
      for (int time = 0; time < 3; time++) {
        double repeated = metric("iot_logsink_messages_repeated_total");
        takeTheSession(time == 1, "left/behind");
        Awaitility.await()
            .atMost(A_WHILE)
            .until(() -> metric("iot_logsink_messages_repeated_total") > repeated);
      }
      assertThat(metric("iot_mqtt_sessions_lost_total")).isEqualTo(1);
      device.publish("left/behind", entity + " on a topic of nobody's");
    }
    awaitDeadLetter(entity + " on a topic of nobody's");
    broker.stop();
    broker.start();
    server.restart();
    try (MqttPublisher device = MqttPublisher.connected(broker.uri())) {
      device.publish(Operator.TOPIC, line(entity, 1));
      awaitStored(entity, 2);
      device.retain(Operator.TOPIC, "");
    }
    assertThat(storedNumbers(elasticsearch, entity)).containsExactlyInAnyOrder(0, 1);
  }

  @Test
  void the_canary_says_how_long_the_way_is_and_what_is_lost_while_the_broker_is_away() {
    awaitMore("latency_seconds_count", "live", 0);
    awaitMore("latency_seconds_count", "search", 0);
    assertThat(canary("doubles_total", "live")).isZero();
    assertThat(canary("doubles_total", "search")).isZero();
    double lostLive = canary("lost_total", "live");
    double lostInSearch = canary("lost_total", "search");
    double late = canary("late_total", "live");
    broker.stop();
    try {
      awaitMore("lost_total", "live", lostLive);
      awaitMore("lost_total", "search", lostInSearch);
      Awaitility.await()
          .atMost(A_WHILE)
          .untilAsserted(
              () ->
                  assertThat(Api.at(server.uri()).get("/health/ready").body())
                      .containsPattern("\"missing_live\":[1-9]"));
    } finally {
      broker.start();
    }
    awaitMore("late_total", "live", late);
  }

  private static void awaitMore(String metric, String where, double than) {
    Awaitility.await(metric + " " + where)
        .atMost(A_WHILE)
        .until(() -> canary(metric, where) > than);
  }

  private static double canary(String metric, String where) {
    return Api.at(server.uri()).metric("fleetcast_canary_" + metric, "where=\"" + where + "\"");
  }

  private static String line(String entity, int n) {
    return "{\"entity_id\":\"%s\",\"n\":%d,\"message\":\"E (9) boot: brownout\"}"
        .formatted(entity, n);
  }

  /** Another client comes with Fleetcast's client id, subscribes, and leaves. */
  private static void takeTheSession(boolean clean, String filter) throws MqttException {
    MqttClient other =
        new MqttClient(broker.url().replace("mqtt:", "tcp:"), "fleetcast", new MemoryPersistence());
    MqttConnectOptions options = new MqttConnectOptions();
    options.setCleanSession(clean);
    other.connect(options);
    other.subscribe(filter, 1);
    other.disconnect();
    other.close();
  }

  private static double metric(String name) {
    return Api.at(server.uri()).metric(name, "");
  }

  private static void awaitStored(String entity, int count) {
    Awaitility.await()
        .atMost(A_WHILE)
        .untilAsserted(
            () ->
                assertThat(storedNumbers(elasticsearch, entity))
                    .hasSizeGreaterThanOrEqualTo(count));
  }

  private static void awaitDeadLetter(String raw) {
    Api api = Api.at(elasticsearch.uri());
    Awaitility.await()
        .atMost(A_WHILE)
        .untilAsserted(
            () ->
                assertThat(api.get("/fleetcast-dead-letter-*/_search?size=100").body())
                    .contains(
                        "\"reason\":\"came on topic left/behind, which no channel takes\"",
                        "\"raw\":\"" + raw + "\""));
  }

  private static void assertStoredOnce(String entity, int count) {
    assertStoredOnce(elasticsearch, entity, count);
  }

  static void assertStoredOnce(Elasticsearch elasticsearch, String entity, int count) {
    Awaitility.await("all lines of " + entity + " in Elasticsearch")
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> stored(elasticsearch, entity) >= count);
    List<Integer> numbers = storedNumbers(elasticsearch, entity);
    Set<Integer> missing = new TreeSet<>(JoinIT.range(0, count));
    missing.removeAll(Set.copyOf(numbers));
    assertThat(missing).isEmpty();
    assertThat(numbers).hasSize(count).doesNotHaveDuplicates();
  }

  private static int stored(Elasticsearch elasticsearch, String entity) {
    Api api = Api.at(elasticsearch.uri());
    api.post("/logstash-http-*/_refresh");
    return api.post("/logstash-http-*/_count", query(entity).build()).json().getInt("count");
  }

  static List<Integer> storedNumbers(Elasticsearch elasticsearch, String entity) {
    Api api = Api.at(elasticsearch.uri());
    api.post("/logstash-http-*/_refresh");
    List<Integer> numbers = new ArrayList<>();
    Api.Answer answer =
        api.post("/logstash-http-*/_search?scroll=1m", query(entity).add("size", 10_000).build());
    assertThat(answer.status()).isEqualTo(200);
    JsonObject page = answer.json();
    while (!page.getJsonObject("hits").getJsonArray("hits").isEmpty()) {
      for (JsonObject hit :
          page.getJsonObject("hits").getJsonArray("hits").getValuesAs(JsonObject.class)) {
        numbers.add(hit.getJsonObject("_source").getInt("n"));
      }
      JsonObject next =
          Json.createObjectBuilder()
              .add("scroll", "1m")
              .add("scroll_id", page.getString("_scroll_id"))
              .build();
      page = api.post("/_search/scroll", next).json();
    }
    return numbers;
  }

  private static jakarta.json.JsonObjectBuilder query(String entity) {
    return Json.createObjectBuilder()
        .add(
            "query",
            Json.createObjectBuilder()
                .add("term", Json.createObjectBuilder().add("entity_id", entity)));
  }

  static List<Integer> numbers(SseClient stream) {
    List<Integer> numbers = new ArrayList<>();
    for (SseEvent event : stream.events("device-logs")) {
      SinkIT.lines(event).forEach(line -> numbers.add(line.getInt("n")));
    }
    return numbers;
  }

  /** Between publishing a line and reading it from the stream. */
  private static Duration medianDelay(SseClient stream, int fromEvent) {
    List<Duration> delays = new ArrayList<>();
    List<SseClient.Arrival> arrivals = stream.arrivals();
    for (SseClient.Arrival arrival : arrivals.subList(fromEvent, arrivals.size())) {
      if (arrival.event().name().equals("device-logs")) {
        JsonObject line = SinkIT.lines(arrival.event()).get(0);
        delays.add(Duration.between(Instant.parse(line.getString("sent")), arrival.at()));
      }
    }
    return delays.stream().sorted().skip(delays.size() / 2).findFirst().orElseThrow();
  }
}
