package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Refusals.refused;
import static org.fleetcast.it.Registry.NOWHERE;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.fleetcast.AsyncApiDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.MqttSubscriber;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rotation of a fleet, as its dashboards, its devices and its job see it. */
class RotationIT {
  /** Every nudge of a burst has come by then. */
  private static final Duration NUDGED = Duration.ofMillis(900);

  /** How often each request is made during an outage. */
  private static final int ROUNDS = 20;

  /** A round would last at least as long if one of its requests waited for a connection. */
  private static final Duration WAITED = Duration.ofSeconds(4);

  /** So long after the last one none of an earlier change comes any more. */
  private static final Duration CALM = Duration.ofMillis(1_500);

  /** Longer than any test takes: whose turn is to end by time, {@link #letTurnEnd} sets back. */
  private static final int TURN_SECONDS = 300;

  private static final String KEY = "the key of this database";

  /** What the take-over writes. */
  private static final String EVERYTHING =
      "select (select string_agg(d::text, ';' order by id) from device d)"
          + " || (select string_agg(m::text, ';' order by id) from device_model m)"
          + " || (select r::text from rotation r) || (select last_value::text from device_seq)";

  private static final String OLD_KEY = "the key of an older one";

  private static Postgres database;
  private static Proxy network;
  private static Fleet fleet;

  private Api editor;

  @BeforeAll
  static void start() {
    database = Postgres.started();
    fleet = Fleet.prepared(database, SharedStack.get().broker());
    URI address = URI.create(database.url().substring("jdbc:".length()));
    network = Proxy.before(address);
    String url = database.url().replace(":" + address.getPort(), ":" + network.uri().getPort());
    fleet
        .server()
        .with("DATABASE_URL", url)
        .with("ROTATION_TIMEOUT_SECONDS", Integer.toString(TURN_SECONDS))
        .with("SECRET_KEY", KEY)
        .with("SSE_FORMAT", "envelope")
        .with("WIFI_SSID", "fleet")
        .with("WIFI_PASSWORD", "password")
        .with("ELASTICSEARCH_URL", SharedStack.get().elasticsearch().uri().toString())
        .with("ROTATION_CRON", "0 0 1 * *")
        .start();
  }

  @AfterAll
  static void stop() {
    fleet.server().close();
    network.close();
    database.close();
  }

  private int heard;

  @BeforeEach
  void nobodyIsThere() {
    editor = fleet.editor();
    fleet.dismiss();
  }

  /**
   * Its clients stay where they are, and its devices notice nothing, wherever their turns stood.
   */
  @Tag("long")
  @Test
  void an_older_registry_is_taken_over_in_the_middle_of_its_rotation(@TempDir Path folder)
      throws Exception {
    List<FleetDevice> units = fleet.enrol(5);
    FleetDevice late = units.get(3);
    FleetDevice turned = units.get(4);
    String lateSecret = replaced(late);
    String turnedSecret = replaced(turned);
    OldDatabase old = moved(units);
    Map<String, String> settings =
        Map.of(
            "DATABASE_URL", database.url(),
            "DATABASE_USERNAME", database.user(),
            "DATABASE_PASSWORD", database.password(),
            "SECRET_KEY", KEY,
            "OLD_DATABASE_URL", old.url(),
            "OLD_DATABASE_USERNAME", database.user(),
            "OLD_DATABASE_PASSWORD", database.password(),
            "OLD_SECRET_KEY", OLD_KEY);

    Command.Outcome dry = Command.run(folder, "fleetcast-migrate", settings, "--dry-run");
    assertThat(dry.err()).isEmpty();
    assertThat(dry.exit()).as("one stays behind").isEqualTo(1);
    assertThat(dry.out())
        .startsWith(
            "Would be taken over (nothing was written):",
            "  Models: 1",
            "  Devices: 6",
            "    OK: 2",
            "    QUEUED: 1",
            "    PENDING: 1",
            "    TIMEOUT: 2",
            "  Secrets put aside: 2",
            "  Last scheduled rotation: none",
            "There already: 0",
            "Left behind: 2 firmware versions, 3 core dumps",
            "Not taken over: 1",
            "  Device 900002 (another1): OLD_SECRET_KEY does not open the secret that was put aside"
                + " for it",
            "Look at: 3")
        .anyMatch(
            line -> line.startsWith("  Device 900001 (0a1b8c9d): it could not be saved here"));
    assertThat(fleet.query("select count(*) from device")).isEqualTo("0");

    assertThat(Command.run(folder, "fleetcast-migrate", settings).out())
        .startsWith("Taken over:", "  Models: 1", "  Devices: 6");
    String written = fleet.query(EVERYTHING);
    assertThat(Command.run(folder, "fleetcast-migrate", settings).out())
        .startsWith("Taken over:", "  Models: 0", "  Devices: 0")
        .contains("There already: 7");
    assertThat(fleet.query(EVERYTHING)).as("a second run changes nothing").isEqualTo(written);

    for (FleetDevice unit : units) {
      JsonObject device = editor.get("/api/devices/" + unit.id()).json();
      assertThat(device.getString("key")).isEqualTo(unit.key());
      assertThat(device.getString("client_id")).isEqualTo(unit.clientId());
    }
    assertThat(units)
        .extracting(fleet::stateOf)
        .containsExactly("OK", "QUEUED", "TIMEOUT", "TIMEOUT", "PENDING");
    assertThat(late.isGood(late.secret())).isFalse();
    Awaitility.await("a token of a later second")
        .atMost(SOON)
        .until(
            () -> {
              turned.reports(turnedSecret);
              return fleet.stateOf(turned).equals("OK");
            });
    assertThat(fleet.stateOf(units.get(1))).as("the next one").isEqualTo("PENDING");
    units.get(1).rotates();
    FleetDevice lost = units.get(2); // is there before the one that is late
    set(lost, "cached_secret = 'of another key', rotation_retry_at = now() + interval '1 day'");
    assertThat(Api.at(fleet.uri()).post("/internal/rotation-job").status())
        .as("all is done that can be")
        .isEqualTo(200);
    assertThat(late.isGood(late.secret())).as("the old secret is restored").isTrue();
    assertThat(Api.at(fleet.uri()).get("/metrics").body())
        .containsPattern("fleetcast_rotation_unrestored_secrets(\\{.*\\})? 1\\.0");
    assertThat(late.isGood(lateSecret)).isFalse();
    int next =
        new Registry(editor).create(modelOf(turned), "{\"deviceName\":\"x\"}").json().getInt("id");
    assertThat(next).as("above all that were taken over").isGreaterThan(900_002);
  }

  @Test
  void the_page_of_an_older_service_gets_what_it_expects() throws IOException {
    String entity = Operator.unique("old");
    int id = Operator.editor(fleet.server()).device(entity);
    try (MqttPublisher device = MqttPublisher.connected(SharedStack.get().broker().uri())) {
      new OldPage(fleet.server())
          .walk(
              id,
              entity,
              message ->
                  device.publish(
                      fleet.topic(),
                      "{\"entity_id\":\"%s\",\"message\":\"%s\"}".formatted(entity, message)));
    }
  }

  /** A turn until the device has its new secret, which is then forgotten here. */
  private String replaced(FleetDevice unit) {
    rotate(unit);
    String fresh = unit.fetches(unit.secret());
    fleet.sql("update rotation set pending_device_id = null");
    fleet.sql("update device set rotation_state = 'OK', cached_secret = null");
    return fresh;
  }

  /** Takes the devices out of our database, and puts them, and two odd ones, into an older one. */
  private static OldDatabase moved(List<FleetDevice> units) throws Exception {
    OldDatabase old = OldDatabase.created(database);
    int model = modelOf(units.get(0));
    String code = fleet.query("select code from device_model where id = " + model);
    old.model(model, code, "{\"required\":[\"deviceName\"]}");
    List<String> states = List.of("OK", "QUEUED", "TIMEOUT", "PENDING", "PENDING");
    Instant now = Instant.now();
    for (int i = 0; i < units.size(); i++) {
      FleetDevice unit = units.get(i);
      boolean pending = states.get(i).equals("PENDING");
      old.device(
          unit.id(),
          unit.key(),
          model,
          "{\"deviceName\":\"unit\"}",
          states.get(i),
          pending ? OldDatabase.sealed(unit.secret(), OLD_KEY) : null,
          now.minusSeconds(100).plusSeconds(i));
    }
    old.device(900_001, "0a1b8c9d", model, "{}", "OK", null, now);
    String closed = OldDatabase.sealed("x", "yet another key");
    old.device(900_002, "another1", model, "{}", "PENDING", closed, now);
    fleet.sql("delete from device");
    fleet.sql("delete from device_model where id = " + model);
    return old;
  }

  private static int modelOf(FleetDevice unit) {
    String id = fleet.query("select device_model_id from device where id = " + unit.id());
    return Integer.parseInt(id);
  }

  @Test
  void after_all_connections_were_cut_the_first_read_and_the_first_write_find_new_ones() {
    String cut =
        "select pg_terminate_backend(pid) from pg_stat_activity"
            + " where application_name = 'fleetcast'";
    fleet.sql(cut);
    assertThat(together(12, () -> editor.get("/api/devices").status())).containsOnly(200);
    fleet.sql(cut);
    assertThat(editor.post("/api/rotation/trigger").status()).isEqualTo(200);
  }

  @Test
  void while_the_database_is_away_everybody_is_told_so_at_once_and_the_log_once()
      throws IOException {
    FleetDevice unit = fleet.enrol(1).get(0);
    long before = logged();
    network.cut();
    Instant cut = Instant.now();
    for (int i = 0; i < ROUNDS; i++) {
      isUnavailable(() -> editor.get("/api/devices"));
      isUnavailable(() -> editor.get("/api/rotation/status"));
      isUnavailable(() -> editor.post("/api/rotation/trigger"));
      isUnavailable(
          () -> editor.post("/api/device-logs/subscribe", Operator.pair("away", unit.id())));
      isUnavailable(() -> editor.get("/api/devices/" + unit.id() + "/logs"));
    }
    assertThat(Duration.between(cut, Instant.now()))
        .as("none of them waited")
        .isLessThan(WAITED.multipliedBy(ROUNDS));
    assertThat(together(100, () -> editor.get("/api/devices").status())).containsOnly(503);
    assertThat(Api.at(fleet.uri()).get("/health/ready").status()).isEqualTo(503);
    network.mend();
    Awaitility.await().atMost(SOON).until(() -> editor.get("/api/devices").status() == 200);
    assertThat(logged() - before).as("lines of 200 requests").isLessThan(30);
  }

  @Tag("long")
  @Test
  void while_all_connections_are_in_use_others_are_told_so_and_it_is_no_outage()
      throws IOException, SQLException {
    long before = logged();
    ExecutorService threads = Executors.newCachedThreadPool();
    List<CompletableFuture<Api.Answer>> readers = new ArrayList<>();
    try (Connection unused = fleet.locked("device")) {
      for (int reader = 0; reader < 24; reader++) {
        readers.add(CompletableFuture.supplyAsync(() -> editor.get("/api/devices"), threads));
      }
      Awaitility.await()
          .atMost(SOON)
          .until(() -> readers.stream().filter(CompletableFuture::isDone).count() >= 4);
      assertThat(Api.at(fleet.uri()).get("/health/ready").status()).isEqualTo(200);
    } finally {
      threads.shutdown();
    }
    List<Api.Answer> refused =
        readers.stream()
            .map(CompletableFuture::join)
            .filter(answer -> answer.status() != 200)
            .toList();
    assertThat(refused).hasSizeBetween(4, 12); // who works in the background has some, too
    for (Api.Answer busy : refused) {
      assertThat(busy.status()).isEqualTo(503);
      assertThat(busy.json().getString("error")).isEqualTo("The database is busy right now");
      assertThat(busy.header("Retry-After")).matches("[1-9][0-9]*");
    }
    assertThat(editor.get("/api/devices").status()).isEqualTo(200);
    assertThat(logged() - before).as("lines").isLessThan(10);
  }

  @Test
  void a_database_that_takes_no_writes_answers_reads_and_recovers_by_itself() {
    readOnly("on");
    Awaitility.await().atMost(SOON).until(RotationIT::isReadOnly);
    isUnavailable(() -> editor.post("/api/rotation/trigger"));
    assertThat(editor.get("/api/devices").status()).isEqualTo(200);
    assertThat(Api.at(fleet.uri()).get("/health/ready").status()).isEqualTo(200);
    readOnly("off");
    Awaitility.await().atMost(SOON).until(() -> !isReadOnly());
    Awaitility.await()
        .atMost(SOON)
        .until(() -> editor.post("/api/rotation/trigger").status() == 200);
  }

  /** For new connections, and there are only new ones. */
  private static void readOnly(String on) {
    fleet.sql(
        "begin read write; alter database postgres set default_transaction_read_only = "
            + on
            + "; commit");
    if (on.equals("on")) {
      fleet.sql(
          "select pg_terminate_backend(pid) from pg_stat_activity"
              + " where application_name = 'fleetcast'");
    }
  }

  private static boolean isReadOnly() {
    return Api.at(fleet.uri()).get("/health/ready").body().contains("\"read_only\":true");
  }

  private static void isUnavailable(Supplier<Api.Answer> request) {
    Api.Answer answer = request.get();
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.json().getString("code")).isEqualTo("SERVICE_UNAVAILABLE");
    assertThat(answer.header("Retry-After")).matches("[1-9][0-9]*");
  }

  private static List<Integer> together(int count, Supplier<Integer> request) {
    return IntStream.range(0, count)
        .mapToObj(i -> CompletableFuture.supplyAsync(request))
        .toList()
        .stream()
        .map(CompletableFuture::join)
        .toList();
  }

  /** Lines of the log, without those of the audit, which has one for each call of an editor. */
  private static long logged() throws IOException {
    try (Stream<String> lines = Files.lines(fleet.server().logs().resolve("messages.log"))) {
      return lines.filter(line -> !line.contains("fleetcast.audit")).count();
    }
  }

  @Test
  void the_status_of_a_resting_fleet() {
    List<FleetDevice> units = fleet.enrol(2);
    new Registry(editor).change(units.get(0).id(), "{}", false);

    JsonObject status = fleet.status();
    assertThat(status)
        .containsOnlyKeys(
            "counts_by_state",
            "inactive",
            "pending_device_id",
            "last_rotation_completed_at",
            "next_scheduled_rotation");
    assertThat(status.getJsonObject("counts_by_state"))
        .hasToString("{\"OK\":2,\"QUEUED\":0,\"PENDING\":0,\"TIMEOUT\":0}");
    assertThat(status.getInt("inactive")).isEqualTo(1);
    assertThat(status)
        .containsEntry("pending_device_id", JsonValue.NULL)
        .containsEntry("last_rotation_completed_at", JsonValue.NULL);
    assertThat(status.getString("next_scheduled_rotation")).endsWith("-01T00:00:00Z");
  }

  @Test
  void the_dashboard_has_four_groups_by_key_and_counts_them() {
    List<FleetDevice> units = fleet.enrol(5);
    new Registry(editor).change(units.get(0).id(), "{}", false);
    set(units.get(0), "rotation_state = 'TIMEOUT'");
    set(units.get(1), "rotation_state = 'TIMEOUT'");
    set(units.get(2), "rotation_state = 'TIMEOUT', " + rotatedDaysAgo(7));
    set(units.get(3), "rotation_state = 'TIMEOUT', " + rotatedDaysAgo(6));

    JsonObject dashboard = editor.get("/api/rotation/dashboard").json();
    assertThat(dashboard).containsOnlyKeys("healthy", "warning", "critical", "inactive", "counts");
    assertThat(keys(dashboard, "inactive")).containsExactly(units.get(0).key());
    assertThat(keys(dashboard, "critical")).containsExactly(units.get(2).key());
    assertThat(keys(dashboard, "warning"))
        .containsExactlyInAnyOrder(units.get(1).key(), units.get(3).key())
        .isSorted();
    assertThat(keys(dashboard, "healthy")).containsExactly(units.get(4).key());
    assertThat(dashboard.getJsonObject("counts"))
        .hasToString("{\"critical\":1,\"healthy\":1,\"inactive\":1,\"warning\":2}");
    JsonObject critical = dashboard.getJsonArray("critical").getJsonObject(0);
    assertThat(critical)
        .containsOnlyKeys(
            "id",
            "key",
            "device_name",
            "device_model_code",
            "active",
            "rotation_state",
            "last_rotation_completed_at",
            "days_since_rotation");
    assertThat(critical.getInt("days_since_rotation")).isEqualTo(7);
    assertThat(dashboard.getJsonArray("healthy").getJsonObject(0))
        .containsEntry("days_since_rotation", JsonValue.NULL);
  }

  @Test
  void trigger_queues_every_active_device_that_is_ok_starts_one_and_tells_it_over_mqtt() {
    List<FleetDevice> units = fleet.enrol(4);
    new Registry(editor).change(units.get(0).id(), "{}", false);
    set(units.get(1), "rotation_state = 'TIMEOUT'");
    try (MqttSubscriber told = told()) {
      Api.Answer answer = editor.post("/api/rotation/trigger");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("{\"devices_queued\":2,\"queued_count\":2}");
      assertThat(fleet.status().getJsonObject("counts_by_state"))
          .hasToString("{\"OK\":1,\"QUEUED\":1,\"PENDING\":1,\"TIMEOUT\":1}");
      assertThat(fleet.status().getInt("pending_device_id")).isEqualTo(units.get(2).id());
      told.await(SOON, "{\"client_id\":\"" + units.get(2).clientId() + "\"}");
      new AsyncApiDocument().describesMessages(Fleet.PROVISIONING, told.heard());
      assertThat(editor.post("/api/rotation/trigger").json().getInt("queued_count")).isZero();
    }
  }

  @Test
  void a_fleet_rotates_by_chain_one_device_at_a_time_and_one_nudge_tells_of_each_change() {
    List<FleetDevice> units = fleet.enrol(3);
    Operator watcher = Operator.viewer(fleet.server(), Operator.unique("watcher"));
    try (SseClient stream = calm(watcher.open("dashboard", "&format=named", Map.of()))) {
      editor.post("/api/rotation/trigger");
      awaitNudges(stream, 1);
      for (int i = 0; i < units.size(); i++) {
        FleetDevice unit = units.get(i);
        assertThat(fleet.status().getInt("pending_device_id")).isEqualTo(unit.id());
        String fresh = unit.rotates();
        assertThat(unit.isGood(unit.secret())).isFalse();
        assertThat(unit.isGood(fresh)).isTrue();
        assertThat(fleet.stateOf(unit)).isEqualTo("OK");
        awaitNudges(stream, i + 2);
      }
      assertThat(fleet.count("OK")).isEqualTo(3);
      assertThat(stream.events("rotation-updated").get(0).data()).isEqualTo("{}");
    }
  }

  @Test
  void a_trigger_that_queues_nobody_nudges_once_and_a_burst_is_one_nudge() {
    try (SseClient stream =
        calm(Operator.editor(fleet.server()).open("burst", "&format=named", Map.of()))) {
      editor.post("/api/rotation/trigger");
      awaitNudges(stream, 1);
      Instant start = Instant.now();
      for (int i = 0; i < 20; i++) {
        editor.post("/api/rotation/trigger");
      }
      long windows = 1 + Duration.between(start, Instant.now()).toMillis() / 250;
      Awaitility.await().atMost(SOON).until(() -> isCalm(stream));
      assertThat((long) nudges(stream)).isBetween(2L, 2 + windows);
    }
  }

  @Test
  void one_device_is_queued_once_also_when_it_is_inactive() {
    List<FleetDevice> units = fleet.enrol(2);
    new Registry(editor).change(units.get(0).id(), "{}", false);
    try (SseClient stream =
        calm(Operator.editor(fleet.server()).open("one", "&format=named", Map.of()))) {
      assertThat(rotate(units.get(0))).isEqualTo("{\"status\":\"queued\"}");
      awaitNudges(stream, 1);
      assertThat(fleet.stateOf(units.get(0))).isEqualTo("PENDING");
      Instant start = Instant.now();
      assertThat(rotate(units.get(0))).isEqualTo("{\"status\":\"already_pending\"}");
      assertThat(rotate(units.get(1))).isEqualTo("{\"status\":\"queued\"}");
      assertThat(fleet.stateOf(units.get(1))).isEqualTo("QUEUED");
      assertThat(rotate(units.get(1))).isEqualTo("{\"status\":\"already_pending\"}");
      long windows = 1 + Duration.between(start, Instant.now()).toMillis() / 250;
      Awaitility.await().atMost(SOON).until(() -> nudges(stream) >= 2 && isCalm(stream));
      assertThat((long) nudges(stream)).isBetween(2L, 2 + windows);
    }
    refused(
        editor.post("/api/devices/" + NOWHERE + "/rotate"),
        404,
        "Device " + NOWHERE + " was not found");
  }

  @Test
  void who_never_rotated_is_next_then_who_has_the_oldest_secret_then_who_timed_out_longest_ago() {
    List<FleetDevice> units = fleet.enrol(5);
    set(units.get(0), "secret_created_at = now() - interval '9 days', " + rotatedDaysAgo(9));
    set(units.get(1), "secret_created_at = now() - interval '10 days', " + rotatedDaysAgo(1));
    set(units.get(3), timedOutDaysAgo(1));
    set(units.get(4), timedOutDaysAgo(2));
    editor.post("/api/rotation/trigger");

    for (int next : List.of(2, 1, 0)) {
      FleetDevice unit = units.get(next);
      assertThat(fleet.status().getInt("pending_device_id")).isEqualTo(unit.id());
      unit.rotates();
    }
    assertThat(fleet.count("TIMEOUT")).as("who timed out waits for the job").isEqualTo(2);
    assertThat(fleet.cycle().getString("device_rotated")).isEqualTo(units.get(4).key());
    units.get(4).rotates();
    assertThat(fleet.status().getInt("pending_device_id")).isEqualTo(units.get(3).id());
    units.get(3).rotates();
    assertThat(fleet.count("OK")).isEqualTo(5);
  }

  @Test
  void the_new_secret_is_made_once_however_often_the_device_asks() {
    FleetDevice unit = fleet.enrol(1).get(0);
    Api old = unit.with(unit.secret());
    editor.post("/api/rotation/trigger");

    Api.Answer first = old.get("/api/iot/provisioning");
    assertThat(first.status()).isEqualTo(200);
    assertThat(first.header("Cache-Control")).isEqualTo("no-store");
    assertThat(first.json())
        .containsOnlyKeys(
            "device_key",
            "client_id",
            "client_secret",
            "token_url",
            "base_url",
            "mqtt_url",
            "wifi_ssid",
            "wifi_password");
    String fresh = first.json().getString("client_secret");
    assertThat(fresh).isNotEqualTo(unit.secret());
    assertThat(old.get("/api/iot/provisioning").body()).isEqualTo(first.body());
    assertThat(unit.with(fresh).get("/api/iot/provisioning").body()).isEqualTo(first.body());
    assertThat(fleet.query("select cached_secret from device where id = " + unit.id()))
        .as("the old secret is kept, and sealed")
        .isNotEmpty()
        .doesNotContain(unit.secret());
  }

  @Test
  void only_a_token_of_the_new_secret_completes_and_the_config_is_to_the_letter() {
    FleetDevice unit = fleet.enrol(1).get(0);
    String config = "{ \"deviceName\" : \"ü\",\n  \"x\": [1, 2.50] }";
    new Registry(editor).change(unit.id(), config, true);
    editor.post("/api/rotation/trigger");
    Api old = unit.with(unit.secret());
    assertThat(old.get("/api/iot/config").body()).isEqualTo(config);
    assertThat(fleet.stateOf(unit)).isEqualTo("PENDING");

    String fresh = unit.fetches(unit.secret());
    assertThat(old.get("/api/iot/config").body()).isEqualTo(config);
    assertThat(fleet.stateOf(unit)).as("an old token completes nothing").isEqualTo("PENDING");

    Instant before = Instant.now().minusSeconds(1);
    unit.reports(fresh);
    JsonObject device = editor.get("/api/devices/" + unit.id()).json();
    assertThat(device.getString("rotation_state")).isEqualTo("OK");
    assertThat(Instant.parse(device.getString("last_rotation_completed_at"))).isAfter(before);
    assertThat(Instant.parse(device.getString("secret_created_at")))
        .isAfter(Instant.parse(device.getString("created_at")));
    assertThat(fleet.query("select cached_secret from device where id = " + unit.id()))
        .isEqualTo("null");
    assertThat(fleet.status().getString("last_rotation_completed_at"))
        .isEqualTo(device.getString("last_rotation_completed_at"));
  }

  @Test
  void out_of_its_turn_a_device_gets_the_secret_that_it_has() {
    FleetDevice unit = fleet.enrol(1).get(0);
    assertThat(unit.fetches(unit.secret())).isEqualTo(unit.secret());
    unit.reports(unit.secret());
    assertThat(fleet.stateOf(unit)).isEqualTo("OK");
  }

  @Test
  void who_times_out_gets_its_old_secret_back_waits_a_cycle_and_is_tried_again() {
    FleetDevice unit = fleet.enrol(1).get(0);
    editor.post("/api/rotation/trigger");
    String fresh = unit.fetches(unit.secret());
    Api late = unit.with(fresh);
    assertThat(fleet.cycle())
        .hasToString(
            "{\"device_rotated\":null,\"processed_timeouts\":0,"
                + "\"scheduled_rotation_triggered\":false}");
    assertThat(attempt().getString("state")).isEqualTo("PENDING");
    assertThat(attempt().getBoolean("fetched")).isTrue();
    assertThat(attempt().isNull("next_try_at")).isTrue();

    assertThat(timedOut()).containsEntry("device_rotated", JsonValue.NULL);
    assertThat(attempt().getInt("device_id")).isEqualTo(unit.id());
    assertThat(attempt().getString("state")).isEqualTo("TIMEOUT");
    assertThat(attempt().getBoolean("fetched")).isTrue();
    assertThat(attempt().getInt("timeouts")).isEqualTo(1);
    assertThat(attempt().getString("next_try_at")).isGreaterThan(attempt().getString("deadline"));
    assertThat(fleet.stateOf(unit)).isEqualTo("TIMEOUT");
    assertThat(unit.isGood(unit.secret())).as("the old secret").isTrue();
    assertThat(unit.isGood(fresh)).as("the one that was never shown").isFalse();
    refused(
        late.get("/api/iot/config"),
        401,
        "The secret of this token was withdrawn: get a token with the one before");
    assertThat(fleet.stateOf(unit)).isEqualTo("TIMEOUT");
    assertThat(unit.fetches(unit.secret())).isEqualTo(unit.secret());
    assertThat(keys(editor.get("/api/rotation/dashboard").json(), "warning"))
        .containsExactly(unit.key());

    assertThat(fleet.cycle().getString("device_rotated")).isEqualTo(unit.key());
    unit.rotates();
    assertThat(fleet.stateOf(unit)).isEqualTo("OK");
    assertThat(attempts()).isEmpty();
  }

  private JsonArray attempts() {
    return editor.get("/api/rotation/attempts").json().getJsonArray("attempts");
  }

  /** The only one. */
  private JsonObject attempt() {
    assertThat(attempts()).hasSize(1);
    return attempts().getJsonObject(0);
  }

  @Test
  void a_dead_device_never_holds_the_fleet_and_waits_longer_each_time() {
    List<FleetDevice> units = fleet.enrol(2);
    FleetDevice dead = units.get(0);
    editor.post("/api/rotation/trigger");
    assertThat(fleet.stateOf(dead)).isEqualTo("PENDING");
    assertThat(timedOut().getString("device_rotated")).isEqualTo(units.get(1).key());
    units.get(1).rotates();
    assertThat(fleet.stateOf(dead)).as("it waits for the next cycle").isEqualTo("TIMEOUT");
    assertThat(fleet.cycle().getString("device_rotated")).isEqualTo(dead.key());

    timedOut();
    assertThat(fleet.cycle())
        .as("the second time it waits before it is tried again")
        .containsEntry("device_rotated", JsonValue.NULL);
    assertThat(rotate(dead)).as("an operator need not wait").contains("queued");
    assertThat(fleet.stateOf(dead)).isEqualTo("PENDING");
  }

  @Test
  void a_device_that_is_deleted_in_its_turn_leaves_it_to_the_next() {
    List<FleetDevice> units = fleet.enrol(2);
    editor.post("/api/rotation/trigger");
    assertThat(fleet.stateOf(units.get(0))).isEqualTo("PENDING");
    try (MqttSubscriber told = told()) {
      assertThat(editor.delete("/api/devices/" + units.get(0).id()).status()).isEqualTo(204);
      assertThat(fleet.stateOf(units.get(1))).isEqualTo("PENDING");
      told.await(SOON, "{\"client_id\":\"" + units.get(1).clientId() + "\"}");
    }
  }

  @Test
  void a_schedule_that_is_new_waits_and_then_fires_once_for_however_many_due_times() {
    fleet.enrol(2);
    assertThat(fleet.cycle().getBoolean("scheduled_rotation_triggered")).isFalse();
    fleet.sql("update rotation set last_scheduled_at = now() - interval '100 days'");
    JsonObject cycle = fleet.cycle();
    assertThat(cycle.getBoolean("scheduled_rotation_triggered")).isTrue();
    assertThat(cycle.isNull("device_rotated")).isFalse();
    assertThat(fleet.count("QUEUED")).isEqualTo(1);
    assertThat(fleet.cycle().getBoolean("scheduled_rotation_triggered")).isFalse();
  }

  @Test
  void a_timeout_whose_restore_fails_stays_pending_until_a_cycle_can_restore() {
    FleetDevice unit = fleet.enrol(1).get(0);
    editor.post("/api/rotation/trigger");
    unit.fetches(unit.secret());
    fleet.sql("alter table local_client rename to local_client_away");
    letTurnEnd();
    assertThat(Api.at(fleet.uri()).post("/internal/rotation-job").status()).isNotEqualTo(404);
    assertThat(fleet.query("select pending_device_id from rotation"))
        .isEqualTo(Integer.toString(unit.id()));
    fleet.sql("alter table local_client_away rename to local_client");
    assertThat(fleet.cycle().getInt("processed_timeouts")).isEqualTo(1);
    assertThat(unit.isGood(unit.secret())).isTrue();
  }

  @Test
  void a_turn_whose_old_secret_no_key_opens_ends_with_the_reason_and_the_fleet_goes_on() {
    List<FleetDevice> units = fleet.enrol(3);
    FleetDevice late = units.get(0);
    editor.post("/api/rotation/trigger");
    String fresh = late.fetches(late.secret());
    set(late, "cached_secret = 'of another key'");
    letTurnEnd();
    refused(Api.at(fleet.uri()).post("/internal/rotation-job"), 502, locked(late));
    assertThat(fleet.stateOf(late)).isEqualTo("TIMEOUT");
    assertThat(attempts().getJsonObject(0).getBoolean("fetched")).isTrue();
    assertThat(fleet.stateOf(units.get(1))).isEqualTo("PENDING");
    assertThat(Api.at(fleet.uri()).post("/internal/rotation-job").status())
        .as("the next one did all that can be done")
        .isEqualTo(200);
    late.reports(fresh);
    assertThat(fleet.stateOf(late)).as("the new secret is the good one").isEqualTo("OK");
    assertThat(fleet.stateOf(units.get(1))).as("its turn goes on").isEqualTo("PENDING");
    assertThat(Api.at(fleet.uri()).post("/internal/rotation-job").status()).isEqualTo(200);
  }

  @Test
  void a_token_completes_no_turn_that_is_over_while_its_old_secret_can_be_written_back() {
    FleetDevice unit = fleet.enrol(1).get(0);
    editor.post("/api/rotation/trigger");
    String fresh = unit.fetches(unit.secret());
    set(unit, "rotation_state = 'TIMEOUT'"); // as another service leaves it
    fleet.sql("update rotation set pending_device_id = null");
    unit.reports(fresh);
    assertThat(fleet.stateOf(unit)).isEqualTo("TIMEOUT");
  }

  @Test
  void a_device_whose_old_secret_no_key_opens_gets_a_new_one_in_its_turn() {
    List<FleetDevice> units = fleet.enrol(2);
    FleetDevice before = units.get(0);
    editor.post("/api/rotation/trigger");
    set(before, "cached_secret = 'of another key'"); // and it is not known what the issuer did
    String renewed = before.fetches(before.secret());
    assertThat(renewed).isNotEqualTo(before.secret());
    assertThat(fleet.query("select cached_secret from device where id = " + before.id()))
        .as("it may be the only way back")
        .isEqualTo("of another key");
    before.reports(renewed);
    assertThat(fleet.stateOf(before)).isEqualTo("OK");

    FleetDevice after = units.get(1);
    String fresh = after.fetches(after.secret());
    set(after, "cached_secret = 'of another key'");
    assertThat(after.fetches(fresh)).as("it was made already").isEqualTo(fresh);
    after.reports(fresh);
    assertThat(fleet.count("OK")).isEqualTo(2);
  }

  private static String locked(FleetDevice unit) {
    return "The old secret of device "
        + unit.key()
        + " could not be written back: neither SECRET_KEY nor SECRET_KEY_PREVIOUS opens it. Set"
        + " SECRET_KEY_PREVIOUS to the key of before, or provision the device anew";
  }

  @Test
  void reading_is_for_people_writing_for_editors_and_the_device_side_for_devices() {
    FleetDevice unit = fleet.enrol(1).get(0);
    Api viewer = Operator.viewer(fleet.server(), Operator.unique("viewer")).api();
    assertThat(viewer.get("/api/rotation/status").status()).isEqualTo(200);
    assertThat(viewer.get("/api/rotation/dashboard").status()).isEqualTo(200);
    Api device = unit.with(unit.secret());
    assertThat(
            List.of(
                viewer.post("/api/rotation/trigger"),
                viewer.post("/api/devices/" + unit.id() + "/rotate"),
                viewer.get("/api/iot/config"),
                viewer.get("/api/iot/provisioning"),
                editor.get("/api/iot/provisioning"),
                device.get("/api/rotation/status"),
                device.post("/api/rotation/trigger")))
        .extracting(Api.Answer::status)
        .containsOnly(403);
    Api nobody = Api.at(fleet.uri());
    assertThat(
            List.of(
                nobody.get("/api/rotation/status"),
                nobody.post("/api/rotation/trigger"),
                nobody.get("/api/iot/config")))
        .extracting(Api.Answer::status)
        .containsOnly(401);
  }

  @Test
  void a_device_that_is_gone_is_told_so() {
    FleetDevice unit = fleet.enrol(1).get(0);
    Api device = unit.with(unit.secret());
    editor.delete("/api/devices/" + unit.id());
    String sentence = "Device " + unit.clientId() + " was not found";
    refused(device.get("/api/iot/config"), 404, sentence);
    refused(device.get("/api/iot/provisioning"), 404, sentence);
  }

  @Test
  void the_console_rotates_the_fleet_and_follows_it() {
    List<FleetDevice> units = fleet.enrol(3);
    try (Browser browser = Console.browser();
        Console console = Console.in(browser, fleet.uri()).signIn().go("/rotation")) {
      Page page = console.page();
      assertThat(page.locator("#run")).hasText("No rotation is under way");
      assertThat(page.locator("#turn")).hasText("nobody's");
      assertThat(page.locator("#next-rotation time")).isVisible();
      assertThat(group(page, "healthy")).containsText("3 devices");

      page.getByText("Rotate all…").click();
      assertThat(page.locator("dialog[open]")).containsText("3 active devices");
      page.locator("dialog[open]").getByText("Rotate all", exactly()).click();

      assertThat(page.locator("#run")).hasText("Rotating: 0 of 3 devices done");
      assertThat(page.locator("#turn")).containsText("unit since");
      assertThat(page.locator("#turn"))
          .containsText("has not asked for its new secret yet; it has");
      assertThat(row(page, units.get(0)).locator(".badge")).hasText("In turn");
      Locator last = row(page, units.get(2)).getByRole(AriaRole.BUTTON);
      last.focus();
      units.get(0).rotates();
      assertThat(page.locator("#run")).hasText("Rotating: 1 of 3 devices done");
      assertThat(row(page, units.get(0)).locator(".last time")).isVisible();

      timedOut();
      assertThat(group(page, "warning")).containsText(units.get(1).key());
      Locator why = row(page, units.get(1)).locator(".why");
      assertThat(why)
          .hasText(Pattern.compile("Did not ask for its new secret by .*Next try from .*"));
      assertThat(row(page, units.get(2)).locator(".badge")).hasText("In turn");
      assertThat(last).isFocused();
      page.reload(); // whoever comes in between sees the same
      assertThat(page.locator("#run")).hasText("Rotating: 1 of 2 devices done");
      units.get(2).rotates();
      assertThat(page.locator("#run")).hasText(finished("2 of 2 devices"));

      row(page, units.get(1)).getByRole(AriaRole.BUTTON).click();
      assertThat(page.locator("dialog[open]")).containsText("Its turn begins at once.");
      page.locator("dialog[open]").getByText("Rotate", exactly()).click();
      assertThat(page.locator("#run")).hasText("Rotating: 0 of 1 device done");
      assertThat(row(page, units.get(1)).locator(".badge")).hasText("In turn");
      units.get(1).rotates();
      assertThat(page.locator("#run")).hasText(finished("1 of 1 device"));
      assertThat(group(page, "warning")).containsText("0 devices");
    }
  }

  private static Pattern finished(String what) {
    return Pattern.compile("Finished at \\d\\d:\\d\\d:\\d\\d: " + what + " done");
  }

  private static Locator group(Page page, String name) {
    return page.locator("#groups ." + name);
  }

  private static Locator row(Page page, FleetDevice unit) {
    return page.locator("#groups tbody tr")
        .filter(new Locator.FilterOptions().setHasText(unit.key()));
  }

  private static Locator.GetByTextOptions exactly() {
    return new Locator.GetByTextOptions().setExact(true);
  }

  @Test
  void the_job_and_its_nudges_are_counted() {
    double runs = metric("iot_rotation_job_runs_total", "result=\"success\"");
    double nudges = metric("sse_rotation_nudge_broadcast_total", "source=\"cronjob\"");
    assertThat(metric("sse_rotation_nudge_broadcast_total", "source=\"web\"")).isNotNegative();
    fleet.cycle();
    assertThat(Api.at(fleet.uri()).post("/internal/rotation-nudge").body())
        .isEqualTo("{\"status\":\"ok\"}");
    assertThat(metric("iot_rotation_job_runs_total", "result=\"success\"")).isEqualTo(runs + 1);
    Awaitility.await()
        .atMost(SOON)
        .until(
            () -> metric("sse_rotation_nudge_broadcast_total", "source=\"cronjob\"") == nudges + 1);
  }

  private double metric(String name, String tag) {
    return Api.at(fleet.uri()).metric(name, tag);
  }

  /** The cycle that ends the turn of a device that did not come. */
  private static JsonObject timedOut() {
    letTurnEnd();
    JsonObject cycle = fleet.cycle();
    assertThat(cycle.getInt("processed_timeouts")).isEqualTo(1);
    return cycle;
  }

  /** As if the time of whoever has the turn had passed a moment ago. */
  private static void letTurnEnd() {
    fleet.sql(
        "update device set last_rotation_attempt_at = now() - interval '"
            + (TURN_SECONDS + 1)
            + " seconds' where id = (select pending_device_id from rotation)");
  }

  /** Waits for that many nudges, and until a further one would have come too. */
  private void awaitNudges(SseClient stream, int count) {
    Awaitility.await(count + " nudges")
        .atMost(SOON)
        .during(NUDGED)
        .until(() -> nudges(stream) == count);
  }

  /** Waits until nothing more comes of what was changed before; nudges count from then on. */
  private SseClient calm(SseClient stream) {
    heard = 0;
    Awaitility.await().atMost(SOON).until(() -> isCalm(stream));
    heard = nudges(stream);
    return stream;
  }

  private boolean isCalm(SseClient stream) {
    int before = nudges(stream);
    Awaitility.await().pollDelay(CALM).until(() -> true);
    return nudges(stream) == before;
  }

  private int nudges(SseClient stream) {
    return stream.events("rotation-updated").size() - heard;
  }

  private static MqttSubscriber told() {
    return MqttSubscriber.of(Fleet.PROVISIONING, SharedStack.get().broker().uri());
  }

  private String rotate(FleetDevice unit) {
    return editor.post("/api/devices/" + unit.id() + "/rotate").body();
  }

  private static void set(FleetDevice unit, String columns) {
    fleet.sql("update device set " + columns + " where id = " + unit.id());
  }

  /** Of 24 hours each, also where the clocks were changed meanwhile. */
  private static String rotatedDaysAgo(int days) {
    return "last_rotation_completed_at = now() - interval '" + 24 * days + " hours'";
  }

  private static String timedOutDaysAgo(int days) {
    return "rotation_state = 'TIMEOUT', rotation_retry_at = now(),"
        + " last_rotation_attempt_at = now() - interval '"
        + days
        + " days'";
  }

  private static List<String> keys(JsonObject dashboard, String group) {
    return dashboard.getJsonArray(group).stream()
        .map(device -> device.asJsonObject().getString("key"))
        .toList();
  }
}
