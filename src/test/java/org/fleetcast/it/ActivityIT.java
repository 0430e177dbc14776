package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;

import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.fleetcast.AccessTable.Caller;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What devices logged in the last hour; on a server of its own, since it stops it. */
@SuppressWarnings("NullAway.Init")
class ActivityIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** More than are remembered of registered and unregistered ones together. */
  private static final int MADE_UP = Integer.getInteger("fleetcast.made.up", 12_000);

  private static final SharedStack STACK = SharedStack.get();
  private static final String NAME = Operator.unique("activity").replace('.', '-');

  private static final String INTERNAL = Operator.unique("internal");
  private static final String SECRET_KEY = UUID.randomUUID().toString();

  private static Proxy elasticsearch;
  private static Fleetcast server;

  private final Operator operator = Operator.editor(server);

  @BeforeAll
  static void start() {
    elasticsearch = Proxy.before(STACK.elasticsearch().uri());
    server =
        Fleetcast.prepared()
            .with("MQTT_URL", STACK.broker().url())
            .with("MQTT_CLIENT_ID", NAME)
            .with("LOG_TOPIC", NAME + "/logsink/#")
            .with("LOG_TOPIC_PER_DEVICE", "true")
            .with("INTERNAL_API_TOKEN", INTERNAL)
            .with("SECRET_KEY", SECRET_KEY)
            .with("ELASTICSEARCH_URL", elasticsearch.uri().toString())
            .start();
  }

  @AfterAll
  static void stop() {
    server.close();
    elasticsearch.close();
  }

  @Test
  void on_its_own_topic_a_device_logs_as_itself_and_as_nobody_else() {
    String entity = Operator.unique("own");
    int id = operator.device(entity);
    String other = Operator.unique("other");
    int victim = operator.device(other);
    String client = operator.api().get("/api/devices/" + id).json().getString("client_id");
    try (MqttPublisher device = MqttPublisher.connected(STACK.broker().uri())) {
      String line = "{\"entity_id\":\"%s\",\"message\":\"here\"}\n";
      device.publish(NAME + "/logsink/" + client, line.formatted(other) + line.formatted(entity));
    }
    HistoryIT.awaitLines(operator, id, 1);
    assertThat(operator.logs(victim, "").json().getJsonArray("logs")).isEmpty();
    JsonObject letters = operator.api().get("/api/dead-letters?device_id=" + victim).json();
    assertThat(letters.toString())
        .contains("came on the topic of " + client + ", whose entity is " + entity);
  }

  @Tag("long")
  @Test
  void every_line_counts_once_also_after_a_crash_and_while_elasticsearch_is_away() {
    String entity = Operator.unique("active");
    int device = operator.device(entity);
    String sleeper = Operator.unique("sleeper");
    int asleep = operator.device(sleeper);
    storeOldLine(sleeper);

    publish(entity, "E", 40);
    publish(entity, "W", 3);
    publish(entity, "I (1) tag: from the firmware, which says its level in the text", 1);
    publish(entity, "D", 5);
    publish(entity, "no level at all", 1);
    awaitLevels(device, "E40 W3 I2 D5 V0");
    HistoryIT.awaitEmptyJournal(server);
    publish(entity, "V", 7); // which the journal still holds when the power is cut
    awaitLevels(device, "E40 W3 I2 D5 V7");

    server.kill();
    server.start();
    publish(entity, "E", 2); // before anybody has asked
    awaitLevels(device, "E42 W3 I2 D5 V7");
    assertThat(ofAll(device).getInt("lines")).isEqualTo(59);
    assertThat(lastMessage(asleep)).isEqualTo("good night");
    HistoryIT.awaitEmptyJournal(server);
    publish(entity, "E", 1);
    awaitLevels(device, "E43 W3 I2 D5 V7");

    elasticsearch.cut();
    server.restart();
    assertThat(details(device).getBoolean("complete")).isFalse();
    publish(entity, "W", 4);
    Awaitility.await().atMost(SOON).until(() -> levels(details(device)).equals("E0 W4 I0 D0 V0"));
    assertThat(all().getBoolean("complete")).isFalse();

    elasticsearch.mend();
    awaitLevels(device, "E43 W7 I2 D5 V7");
    Awaitility.await().atMost(PATIENCE).until(() -> all().getBoolean("complete"));
    JsonObject inShort = ofAll(device);
    assertThat(inShort.getInt("lines")).isEqualTo(64);
    assertThat(inShort.getInt("errors")).isEqualTo(43);
    assertThat(inShort.getInt("warnings")).isEqualTo(7);
    JsonObject error = first(details(device)).getJsonObject("last_error");
    assertThat(error.getString("level")).isEqualTo("E"); // from before the restart
    assertThat(inShort.getString("last_error_at")).isEqualTo(error.getString("timestamp"));
    assertThat(inShort.getString("last_line_at"))
        .isEqualTo(first(details(device)).getJsonObject("last_line").getString("timestamp"));
    assertThat(ofAll(asleep).getString("last_line_at")).startsWith("2024-06-06T10:00:00");
  }

  @Test
  void every_endpoint_answers_as_the_open_api_document_says() {
    new EveryEndpoint(server, INTERNAL).call(entity -> publish(entity, "I (1) boot: up", 1));
  }

  @Test
  void every_endpoint_lets_in_whom_the_table_names_and_no_secret_is_told() throws IOException {
    Map<Caller, String> tokens = new EnumMap<>(Caller.class);
    tokens.put(Caller.ANONYMOUS, "");
    tokens.put(Caller.VIEWER, Operator.viewer(server, Operator.unique("viewer")).token());
    tokens.put(Caller.EDITOR, operator.token());
    tokens.put(Caller.DEVICE, operator.deviceToken());
    tokens.put(Caller.INTERNAL_TOKEN, INTERNAL);
    tokens.put(Caller.FORGED_TOKEN, EveryCaller.forged(operator.token()));
    new EveryCaller(server.uri()).call(tokens);
    for (String place : List.of("/metrics", "/openapi", "/health")) {
      assertThat(operator.api().get(place).body()).doesNotContain(secrets(tokens));
    }
    assertThat(logged()).isNotEmpty().doesNotContain(secrets(tokens));
  }

  private static List<String> secrets(Map<Caller, String> tokens) {
    return Stream.concat(tokens.values().stream(), Stream.of(INTERNAL, SECRET_KEY))
        .filter(secret -> !secret.isEmpty())
        .toList();
  }

  /** All that the server wrote, what it captured of failures included. */
  private static String logged() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(server.logs())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return all.toString();
  }

  @Test
  void no_text_of_a_device_or_a_caller_forges_a_line_or_commands_a_terminal() {
    new HostileText(server).send(ActivityIT::publish);
  }

  @Test
  void a_device_tells_its_last_line_and_its_hour_by_minute() {
    String entity = Operator.unique("told");
    int device = operator.device(entity);
    assertThat(first(details(device)).isNull("last_line")).isTrue();
    publish(entity, "W", 2);
    awaitLevels(device, "E0 W2 I0 D0 V0");
    JsonObject told = first(details(device));
    assertThat(told.isNull("last_error")).isTrue();
    assertThat(ofAll(device).isNull("last_error_at")).isTrue();
    assertThat(told.getString("device_entity_id")).isEqualTo(entity);
    JsonObject line = told.getJsonObject("last_line");
    JsonObject stored = operator.logs(device, "").json().getJsonArray("logs").getJsonObject(1);
    assertThat(line).isEqualTo(stored);
    Instant end = Instant.parse(told.getString("minutes_end"));
    assertThat(Duration.between(Instant.parse(line.getString("timestamp")), end))
        .isBetween(Duration.ZERO, Duration.ofMinutes(3));
    int[] minutes =
        told.getJsonArray("lines_per_minute").getValuesAs(JsonNumber.class).stream()
            .mapToInt(JsonNumber::intValue)
            .toArray();
    assertThat(minutes).hasSize(60);
    assertThat(Arrays.stream(minutes, 57, 60).sum()).isEqualTo(2);

    publish(entity, "x".repeat(1_000), 1);
    Awaitility.await().atMost(SOON).until(() -> lastMessage(device).equals("x".repeat(300)));
  }

  @Tag("long")
  @Test
  void made_up_entity_ids_make_nobody_forget_what_registered_devices_logged() {
    List<String> entities = Stream.generate(() -> Operator.unique("fleet")).limit(4).toList();
    List<Integer> fleet = entities.stream().map(operator::device).toList();
    entities.forEach(entity -> publish(entity, "W", 1));
    fleet.forEach(device -> awaitLevels(device, "E0 W1 I0 D0 V0"));
    for (int from = 0; from < MADE_UP; from += 1_000) {
      publish(
          IntStream.range(from, from + 1_000)
              .mapToObj(i -> "{\"entity_id\":\"made-up-" + i + "\"}\n")
              .collect(Collectors.joining()));
    }
    publish(entities.get(0), "E", 1); // after which all the others were taken in
    Awaitility.await().atMost(PATIENCE).until(() -> ofAll(fleet.get(0)).getInt("errors") == 1);
    for (int device : fleet) {
      assertThat(ofAll(device).isNull("last_line_at")).isFalse();
      assertThat(ofAll(device).getInt("warnings")).isEqualTo(1);
    }
    Awaitility.await().atMost(PATIENCE).until(() -> all().getBoolean("complete"));
    assertThat(operator.api().metric("fleetcast_activity_entities_unregistered", ""))
        .isEqualTo(5_000);
  }

  @Test
  void what_is_no_list_of_devices_is_refused_and_unknown_ones_are_left_out() {
    Api api = operator.api();
    int without = operator.device(Json.createObjectBuilder().add("deviceName", "no entity"));
    String path = "/api/devices/activity/details?device_id=" + without + "&device_id=2000000000";
    JsonObject found = api.get(path).json();
    assertThat(found.getBoolean("complete")).isTrue();
    assertThat(found.getJsonArray("devices")).hasSize(1);
    assertThat(levels(found)).isEqualTo("E0 W0 I0 D0 V0");
    assertThat(api.get("/api/devices/activity/details").json().getJsonArray("devices")).isEmpty();
    String many =
        IntStream.rangeClosed(1, 201)
            .mapToObj(id -> "device_id=" + id)
            .collect(Collectors.joining("&"));
    assertThat(api.get("/api/devices/activity/details?" + many).status()).isEqualTo(400);
    assertThat(api.get("/api/devices/activity/details?device_id=x").status()).isEqualTo(400);
    assertThat(Api.at(server.uri()).get("/api/devices/activity").status()).isEqualTo(401);
  }

  private JsonObject details(int device) {
    return operator.api().get("/api/devices/activity/details?device_id=" + device).json();
  }

  private JsonObject all() {
    return operator.api().get("/api/devices/activity").json();
  }

  private JsonObject ofAll(int device) {
    return all().getJsonArray("devices").getValuesAs(JsonObject.class).stream()
        .filter(told -> told.getInt("device_id") == device)
        .findFirst()
        .orElseThrow();
  }

  private static JsonObject first(JsonObject details) {
    return details.getJsonArray("devices").getJsonObject(0);
  }

  private String lastMessage(int device) {
    JsonObject told = first(details(device));
    return told.isNull("last_line") ? "" : told.getJsonObject("last_line").getString("message");
  }

  private static String levels(JsonObject details) {
    JsonObject levels = first(details).getJsonObject("levels");
    return "EWIDV"
        .chars()
        .mapToObj(letter -> String.valueOf((char) letter))
        .map(level -> level + levels.getInt(level))
        .collect(Collectors.joining(" "));
  }

  private void awaitLevels(int device, String levels) {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonObject details = details(device);
              assertThat(levels(details)).isEqualTo(levels);
              assertThat(details.getBoolean("complete")).isTrue();
            });
  }

  private static void storeOldLine(String entity) {
    String document =
        "{\"@timestamp\":\"2024-06-06T10:00:00.000001Z\",\"id\":\"old\",\"entity_id\":\"%s\",\"message\":\"good night\"}"
            .formatted(entity);
    Api.Answer stored =
        Api.at(STACK.elasticsearch().uri())
            .post("/logstash-http-2024.06.06/_doc?refresh=true", document);
    assertThat(stored.status()).as(stored.body()).isEqualTo(201);
  }

  /** So many lines with that level, or with that message when it is no level, in one message. */
  private static void publish(String entity, String what, int lines) {
    JsonObject line =
        Json.createObjectBuilder()
            .add("entity_id", entity)
            .add(what.length() == 1 ? "level" : "message", what)
            .build();
    publish((line + "\n").repeat(lines));
  }

  private static void publish(String payload) {
    try (MqttPublisher device = MqttPublisher.connected(STACK.broker().uri())) {
      device.publish(NAME + "/logsink", payload);
    }
  }
}
