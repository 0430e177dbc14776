package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.fleetcast.AsyncApiDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.Strangers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server without Elasticsearch, with short-lived tokens, until it is stopped. */
@SuppressWarnings("NullAway.Init")
class LifecycleIT {
  /** How many bodies of one user are waited for. */
  private static final int AT_ONCE = 48;

  /** Enough for what any test does with one, on a slow machine too. */
  private static final Duration TOKEN = Duration.ofSeconds(20);

  /** Less than the ten seconds after which the server cuts off who does not come to an end. */
  private static final Duration WITHOUT_WAITING = Duration.ofSeconds(8);

  /** A server whose broker was away tries again after half a minute at the latest. */
  private static final Duration RECONNECTED = Duration.ofMinutes(2);

  private static final Duration STARTED = Duration.ofMinutes(4);

  private static final Set<String> NEEDED =
      Set.of("SECRET_KEY", "FLEETCAST_LOCAL_LOGIN", "BASEURL");

  private static Mosquitto broker;
  private static Fleetcast server;

  @BeforeAll
  static void start() {
    broker = Mosquitto.open();
    broker.stop();
    server =
        Fleetcast.prepared()
            .with("MQTT_URL", broker.url())
            .with("FLEETCAST_LOCAL_TOKEN_SECONDS", Long.toString(TOKEN.toSeconds()))
            .with("SSE_HEARTBEAT_INTERVAL", "1")
            .with("SSE_MAX_CONNECTIONS_PER_SUBJECT", "2")
            .with("JVM_ARGS", Fleetcast.QUICK_TO_START + " -Xmx512m")
            .startUnready();
    Awaitility.await().atMost(STARTED).until(() -> server.isUp("/health/started"));
    assertThatReadyIsDownUntilTheBrokerHasGrantedASubscribe();
  }

  private static void assertThatReadyIsDownUntilTheBrokerHasGrantedASubscribe() {
    assertThat(ready().status()).isEqualTo(503);
    assertThat(server.isUp("/health/live")).isTrue();
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(ready().body())
                    .contains(
                        "\"state\":\"away\"",
                        "\"subscribed\":\"never since the start\"",
                        "\"reason\":\"nobody listens at mqtt.url\""));
    broker.start();
    Awaitility.await().atMost(RECONNECTED).until(() -> server.isUp("/health/ready"));
  }

  private static Api.Answer ready() {
    return Api.at(server.uri()).get("/health/ready");
  }

  @AfterAll
  static void stop() {
    server.close();
    broker.close();
  }

  private static void assertThatSinkIsOffAndHistoryUnavailable(Operator operator) {
    int device = operator.device(Operator.unique("off"));
    assertThat(operator.api().get("/health/ready").status()).isEqualTo(200);
    assertThat(operator.api().get("/health/ready").body()).contains("\"sink\":\"off\"");
    assertThat(operator.logs(device, "").status()).isEqualTo(503);
    assertThat(operator.logs(device, "").json().getString("code")).isEqualTo("SERVICE_UNAVAILABLE");
  }

  @Test
  void ready_is_up_while_a_broker_that_granted_a_subscribe_is_away() {
    broker.stop();
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(ready().body()).contains("\"state\":\"away\""));
    assertThat(ready().status()).isEqualTo(200);
    broker.start();
    Awaitility.await()
        .atMost(RECONNECTED)
        .untilAsserted(() -> assertThat(ready().body()).doesNotContain("\"state\":\"away\""));
  }

  @Test
  void without_elasticsearch_all_of_a_tail_is_a_gap() {
    String entity = Operator.unique("without");
    Operator somebody = Operator.viewer(server, entity);
    int id = Operator.editor(server).device(entity);
    try (MqttPublisher talking = MqttPublisher.connected(broker.uri())) {
      try (SseClient stream = somebody.follow(id, "?tail=7")) {
        JsonObject gap = stream.await(SOON, "gap").json();
        new AsyncApiDocument().describesEvents(stream.events());
        assertThat(gap.getInt("missed")).isEqualTo(7);
        talking.publish(TOPIC, JoinIT.line(entity, 1));
        JoinIT.awaitLast(stream, 1);
        assertThat(JoinIT.numbers(stream)).containsExactly(1);
        assertThat(stream.events("gap")).hasSize(1);
      }
      try (SseClient stream = somebody.follow(id, "")) {
        talking.publish(TOPIC, JoinIT.line(entity, 2));
        JoinIT.awaitLast(stream, 2);
        assertThat(stream.events("gap")).isEmpty();
      }
    }
  }

  @Tag("long")
  @Test
  void a_stream_ends_no_later_than_its_token_and_resumes_with_a_fresh_one() {
    String id = Operator.unique("expiry");
    Operator before = Operator.viewer(server, id);
    Instant opened = Instant.now();
    try (SseClient stream = before.open(id)) {
      assertThat(stream.await(TOKEN.plus(SOON), "connection_close").data())
          .isEqualTo("{\"reason\":\"token-expired\"}");
      assertThat(Duration.between(opened, Instant.now())).isLessThan(TOKEN.plusSeconds(10));
      stream.awaitEnd(SOON);
      assertThat(stream.comments()).isPositive();
    }
    try (SseClient again = Operator.viewer(server, id).open(id, "", Map.of("Last-Event-ID", "0"))) {
      assertThat(again.events("ready").get(0).json().getBoolean("resumed")).isTrue();
    }
  }

  @Test
  void more_streams_of_a_subject_than_allowed_are_refused_and_another_subject_is_not() {
    String id = Operator.unique("limit");
    Operator viewer = Operator.viewer(server, id);
    try (SseClient one = viewer.open(id + "1");
        SseClient two = viewer.open(id + "2");
        SseClient three = viewer.open(id + "3");
        SseClient replacing = viewer.open(id + "2");
        SseClient other = Operator.viewer(server, id + ".other").open(id)) {
      assertThat(three.status()).isEqualTo(429);
      assertThat(three.headers().firstValue("Retry-After")).isPresent();
      assertThat(one.status()).isEqualTo(200);
      assertThat(replacing.status()).isEqualTo(200);
      assertThat(other.status()).isEqualTo(200);
      assertThat(two.await(SOON, "connection_close").data()).contains("replaced");
    }
  }

  @Test
  void who_did_what_and_who_was_refused_stands_in_the_audit_and_in_the_log_without_a_secret()
      throws IOException {
    String person = Operator.unique("auditor");
    Operator viewer = Operator.viewer(server, person);
    Operator editor = Operator.editor(server);
    int device = editor.device(person);
    String path = "devices/" + device;
    Api reader = editor.api().with("X-Request-ID", person);
    JsonObject credentials = reader.get("/api/" + path + "/provisioning").json();
    assertThat(viewer.api().delete("/api/" + path).status()).isEqualTo(403);
    assertThat(editor.api().delete("/api/" + path + "0000").status()).isEqualTo(404);
    assertThat(viewer.api().get("/api/audit").status()).isEqualTo(403);

    JsonArray entries = editor.api().get("/api/audit").json().getJsonArray("entries");
    assertThat(entries.getValuesAs(JsonObject.class))
        .extracting(LifecycleIT::inShort)
        .containsSubsequence(
            "device_delete failed fleetcast-cli " + path + "0000 status 404",
            "device_delete refused " + person + " " + path + " status 403",
            "device_credentials_read done fleetcast-cli " + path + "/provisioning -",
            "device_create done fleetcast-cli " + path + " -",
            "sign_in done " + person + " - -");
    String log = Files.readString(server.logs().resolve("messages.log"));
    assertThat(log.lines())
        .filteredOn(line -> line.contains("\"correlation_id\":\"" + person + "\""))
        .singleElement()
        .asString()
        .contains("{\"at\":\"", "\"action\":\"device_credentials_read\"", path);
    assertThat(log + entries).doesNotContain(credentials.getString("client_secret"));
  }

  private static String inShort(JsonObject entry) {
    return Stream.of("action", "outcome", "subject", "target", "detail")
        .map(name -> entry.isNull(name) ? "-" : entry.getString(name))
        .collect(Collectors.joining(" "));
  }

  @Test
  void why_a_token_was_refused_stands_in_the_log_in_one_line_with_its_correlation_id()
      throws IOException {
    String id = Operator.unique("refused");
    String head = "{\"alg\":\"RS256\",\"typ\":\"a\\r\\nb\"}";
    String token =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(head.getBytes(StandardCharsets.UTF_8));
    Api forger = Api.at(server.uri()).with("X-Request-ID", id).withBearer(token + ".e30.AAAA");
    assertThat(forger.get("/api/devices").status()).isEqualTo(401);

    assertThat(Files.readAllLines(server.logs().resolve("messages.log")))
        .filteredOn(line -> line.contains(id))
        .singleElement()
        .asString()
        .contains(" I Token refused reason=", "correlationId=" + id);
  }

  @ParameterizedTest
  @CsvSource({
    "DATABASE_URL, postgresql+psycopg://fleetcast:topsecret@127.0.0.1:1/fleetcast,"
        + " DATABASE_URL must be a JDBC address",
  })
  void a_bad_setting_is_one_sentence_and_no_stack_trace_and_the_server_is_never_started(
      String name, String value, String sentence) throws IOException {
    Fleetcast bad = Fleetcast.prepared().with(name, value).startUnready();
    try {
      Path log = bad.logs().resolve("messages.log");
      Awaitility.await()
          .atMost(STARTED)
          .until(() -> Files.exists(log) && Files.readString(log).contains("CWWKZ0012I"));
      Awaitility.await()
          .atMost(SOON)
          .ignoreExceptions() // the port opens last
          .until(() -> Api.at(bad.uri()).get("/health/started").status() == 503);
      List<String> lines = Files.readAllLines(log);
      assertThat(lines).filteredOn(line -> line.contains(" E " + sentence)).hasSize(1);
      assertThat(lines).noneMatch(line -> line.contains("topsecret") || line.contains("\tat "));
    } finally {
      bad.close();
    }
  }

  /**
   * Heads that grow and never end, heads and bodies that trickle, connections that are to become
   * something else. The long form has so many times more of them: {@code -Dfleetcast.loads=5}.
   */
  @Tag("long")
  @Test
  void requests_that_never_end_are_refused_and_everybody_else_is_served() {
    int many = 100 * Integer.getInteger("fleetcast.loads", 1);
    Api nobody = Api.at(server.uri());
    try (Strangers large = Strangers.connect(server.uri(), many);
        Strangers slow = Strangers.connect(server.uri(), many);
        Strangers upgrades = Strangers.connect(server.uri(), many);
        Strangers bodies = Strangers.connect(server.uri(), AT_ONCE + many)) {
      large.say("GET / HTTP/1.1\r\nHost: x\r\n");
      slow.say("GET / HTTP/1.1\r\nHost: x\r\n");
      upgrades.say(
          "GET /api/auth/self HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
              + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
      bodies.say(
          "POST /api/device-logs/subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
              + "Content-Type: application/json\r\nAuthorization: Bearer "
              + nobody.editorToken()
              + "\r\n\r\n{");
      Awaitility.await()
          .atMost(SOON)
          .until(() -> upgrades.listen().answered() + bodies.listen().answered() >= 2 * many);
      String line = "X: " + "x".repeat(24_000) + "\r\n";
      Awaitility.await()
          .atMost(SOON.multipliedBy(2))
          .until(
              () -> {
                large.say(line);
                slow.say("X: x\r\n");
                bodies.say(" ");
                assertThat(nobody.metric("thread_count", "")).isLessThan(150);
                assertThatIsServed("/health/live");
                assertThatIsServed("/api/auth/jwks");
                return bodies.answered() == AT_ONCE + many
                    && slow.ended() == many
                    && large.ended() == many;
              });
      assertThat(slow.answered()).isZero();
      assertThat(upgrades.statuses()).isEqualTo(Map.of(401, many));
      assertThat(bodies.statuses()).isEqualTo(Map.of(400, AT_ONCE, 429, many));
    }
  }

  private static void assertThatIsServed(String path) {
    Instant asked = Instant.now();
    assertThat(Api.at(server.uri()).get(path).status()).isEqualTo(200);
    assertThat(Duration.between(asked, Instant.now())).isLessThan(WITHOUT_WAITING);
  }

  /** With every setting that there is set to nothing, but for what a start needs. */
  @Tag("long")
  @Test
  void without_broker_the_sink_is_off_and_stopped_in_order_it_says_goodbye_to_every_stream()
      throws IOException {
    Fleetcast stopped = Fleetcast.prepared().with("WLP_LOGGING_CONSOLE_FORMAT", "json");
    Stream.concat(variables(), Stream.of("DATABASE_URL", "DATABASE_USERNAME", "DATABASE_PASSWORD"))
        .filter(name -> !NEEDED.contains(name))
        .forEach(name -> stopped.with(name, ""));
    stopped.start();
    assertThat(Files.readAllLines(stopped.logs().resolve("console.log")))
        .filteredOn(line -> line.contains("Login is ready"))
        .hasSize(1)
        .allMatch(line -> line.startsWith("{\"type\":\"liberty_message\""));
    Operator operator = Operator.editor(stopped);
    assertThatSinkIsOffAndHistoryUnavailable(operator);
    try (SseClient stream = operator.open("goodbye")) {
      stopped.stop();
      assertThat(Files.readString(stopped.logs().resolve("messages.log")))
          .as("nothing was left that the server had to wait for in vain")
          .contains("CWWKE1101I");
      assertThat(stream.await(SOON, "connection_close").data())
          .isEqualTo("{\"reason\":\"shutdown\"}");
      Awaitility.await().atMost(SOON).until(stream::isEnded);
    } finally {
      stopped.close();
    }
  }

  /** The variables of all settings of the application. */
  private static Stream<String> variables() throws IOException {
    Properties keys = new Properties();
    try (InputStream in =
        LifecycleIT.class.getResourceAsStream("/META-INF/microprofile-config.properties")) {
      keys.load(in);
    }
    return keys.stringPropertyNames().stream()
        .map(key -> key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT));
  }
}
