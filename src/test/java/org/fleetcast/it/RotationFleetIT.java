package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Cycles;
import org.fleetcast.stack.Downlink;
import org.fleetcast.stack.Firmware;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.Progress;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A whole fleet of devices that follow what they are told over MQTT, as real firmware does. */
@Tag("long")
class RotationFleetIT {
  private static final int DEVICES = Integer.getInteger("fleetcast.fleet", 12);
  private static final int KILLED_FLEET = Integer.getInteger("fleetcast.killed.fleet", 8);
  private static final int KILLS = Integer.getInteger("fleetcast.kills", 1);
  private static final Duration LONG = Duration.ofMinutes(5);

  private static final Postgres DATABASE = Postgres.started();
  private static final Mosquitto BROKER = Mosquitto.open();
  private static final Fleet FLEET = Fleet.prepared(DATABASE, BROKER);

  private final List<Firmware> devices = new ArrayList<>();
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);
  private final Downlink downlink = Downlink.of(BROKER.uri());

  @BeforeAll
  static void start() {
    FLEET.server().with("ROTATION_TIMEOUT_SECONDS", "10").start();
  }

  @AfterAll
  static void stop() {
    FLEET.server().close();
    BROKER.close();
    DATABASE.close();
  }

  @BeforeEach
  void nobodyIsThere() {
    FLEET.dismiss();
  }

  @AfterEach
  void powerOff() {
    devices.forEach(Firmware::close);
    downlink.close();
    threads.shutdownNow();
  }

  @Test
  void a_fleet_rotates_by_chain_and_every_dashboard_follows() {
    List<FleetDevice> units = started(DEVICES);
    long before = changes();
    watchTurns();
    try (SseClient stream = Operator.editor(FLEET.server()).open("dashboard")) {
      assertThat(FLEET.editor().post("/api/rotation/trigger").json().getInt("queued_count"))
          .isEqualTo(DEVICES);
      awaitEverybody();

      // One for the trigger and one for each device that came through; those of a moment are one.
      assertThat(changes() - before).isEqualTo(DEVICES + 1L);
      assertThat(stream.events("rotation-updated").size()).isBetween(DEVICES / 4, DEVICES + 1);
      assertThat(stream.events("gap")).isEmpty();
    }
    assertThat(FLEET.query("select max(pending) from watched")).as("at once").isEqualTo("1");
    assertThat(FLEET.query("select count(distinct device) from watched"))
        .as("each had its turn")
        .isEqualTo(Integer.toString(DEVICES));
    for (int i = 0; i < DEVICES; i++) {
      assertThat(units.get(i).isGood(units.get(i).secret())).as("an old secret").isFalse();
      assertThat(units.get(i).isGood(devices.get(i).secret())).as("a new secret").isTrue();
    }
  }

  @Tag("long")
  @Test
  void a_server_that_is_killed_again_and_again_loses_no_device_and_no_secret() {
    List<FleetDevice> units = started(KILLED_FLEET);
    Random random = new Random(Long.getLong("fleetcast.seed", 1));
    FLEET.editor().post("/api/rotation/trigger");
    // As a CronJob: whoever lost an answer to a kill gets its old secret back and another turn.
    try (Cycles job = Cycles.every(Duration.ofSeconds(2), Api.at(FLEET.uri()), Progress.silent())) {
      for (int kill = 0; kill < KILLS; kill++) {
        long moment = random.nextInt(2_000);
        Awaitility.await()
            .pollDelay(Duration.ofMillis(moment))
            .atMost(LONG)
            .until(() -> FLEET.server().isUp("/health/ready"));
        FLEET.server().kill();
        FLEET.server().start();
      }
      awaitEverybody();
    }
    for (int i = 0; i < KILLED_FLEET; i++) {
      assertThat(units.get(i).isGood(devices.get(i).secret())).as("what a device holds").isTrue();
    }
  }

  @Test
  void a_broker_that_is_away_when_a_devices_turn_comes_tells_it_when_it_is_back() {
    List<String> heard = new CopyOnWriteArrayList<>();
    downlink.hear(Fleet.PROVISIONING, heard::add);
    FleetDevice unit = FLEET.enrol(1).get(0);
    BROKER.stop();
    try {
      assertThat(FLEET.editor().post("/api/rotation/trigger").status()).isEqualTo(200);
      assertThat(FLEET.stateOf(unit)).isEqualTo("PENDING");
    } finally {
      BROKER.start();
    }
    Awaitility.await()
        .atMost(LONG)
        .until(() -> heard.contains("{\"client_id\":\"" + unit.clientId() + "\"}"));
  }

  private List<FleetDevice> started(int count) {
    List<FleetDevice> units = FLEET.enrol(count);
    Api editor = FLEET.editor();
    for (FleetDevice unit : units) {
      JsonObject provisioning = editor.get("/api/devices/" + unit.id() + "/provisioning").json();
      devices.add(Firmware.of(provisioning, threads).start(downlink));
    }
    return units;
  }

  /** Looks again and again, and never sees more than one device whose turn it is. */
  private void awaitEverybody() {
    Awaitility.await()
        .atMost(LONG)
        .until(
            () -> {
              assertThat(FLEET.count("PENDING")).isLessThanOrEqualTo(1);
              // A device that lost the answer to a kill asks again, and knows it a little later.
              return FLEET.count("OK") == devices.size()
                  && devices.stream().allMatch(device -> device.rotations() > 0);
            });
  }

  /** Lets the database itself write down, at every step, how many devices are PENDING. */
  private static void watchTurns() {
    FLEET.sql("create table watched (device integer, pending bigint)");
    FLEET.sql(
        "create function watch() returns trigger language plpgsql as $$ begin"
            + " insert into watched select new.pending_device_id, count(pending_device_id)"
            + " from rotation; return new; end $$");
    FLEET.sql(
        "create trigger watch after update on rotation for each row execute function watch()");
  }

  private static long changes() {
    return Long.parseLong(FLEET.query("select changes from rotation_nudge"));
  }
}
