package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.Together;
import org.junit.jupiter.api.Tag;

/** Two servers on one database: whatever runs at once, the rotation stays one. */
@Tag("long")
@SuppressWarnings("NullAway.Init") // what is shared is started before the first of them
class RotationRaceIT {
  private static final int DEVICES = 4;
  private static final int THREADS = 6;
  private static final Duration LONG = Duration.ofMinutes(3);

  private static Postgres database;
  private static List<Fleet> replicas;

  @BeforeContainer
  static void start() {
    database = Postgres.started();
    String key = UUID.randomUUID().toString();
    replicas =
        List.of(
            Fleet.prepared(database, SharedStack.get().broker()),
            Fleet.prepared(database, SharedStack.get().broker()));
    for (Fleet replica : replicas) {
      // One service: the same key, and the same address as the issuer of tokens.
      replica.server().with("SECRET_KEY", key).with("BASEURL", replicas.get(0).uri().toString());
    }
    Together.run(
        replicas.stream().map(each -> (Runnable) each.server()::start).toArray(Runnable[]::new));
  }

  @AfterContainer
  static void stop() {
    replicas.forEach(replica -> replica.server().close());
    database.close();
  }

  private enum Kind {
    TRIGGER,
    ROTATE,
    FETCH,
    REPORT,
    JOB,
    TIME_OUT,
    DEACTIVATE,
    DELETE
  }

  /** Something that is done to a device or to the fleet, at one of the replicas. */
  private record Step(Kind kind, int device, int replica) {}

  /** A device that remembers every secret it was told, as firmware in the middle of a turn does. */
  private static final class Device {
    private final FleetDevice unit;
    private final List<String> secrets = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean deleted;

    Device(FleetDevice unit) {
      this.unit = unit;
      secrets.add(unit.secret());
    }

    /**
     * A token of the newest secret that is good: a device that is there always has one. By the time
     * that it is used its turn may have ended, and the secret with it.
     */
    String token(Api issuer) {
      for (int i = secrets.size() - 1; i >= 0; i--) {
        Optional<String> token = unit.token(issuer, secrets.get(i));
        if (token.isPresent()) {
          return token.get();
        }
      }
      throw new AssertionError("The last working secret of " + unit.clientId() + " is lost");
    }
  }

  @Property(tries = 3, shrinking = ShrinkingMode.OFF, seed = "1")
  void no_order_of_events_loses_a_device_or_its_secret_or_makes_two_pending(
      @ForAll @Size(min = 10, max = 30) List<@IntRange(max = Integer.MAX_VALUE - 1) Integer> dice) {
    Fleet fleet = replicas.get(0);
    fleet.dismiss();
    List<Device> devices = fleet.enrol(DEVICES).stream().map(Device::new).toList();
    List<Callable<Integer>> steps = new ArrayList<>();
    for (int die : dice) {
      Step step = step(die);
      steps.add(() -> take(step, devices.get(step.device())));
    }

    assertThat(together(steps)).as("answers").allMatch(status -> status < 500);
    assertThat(pending()).isLessThanOrEqualTo(1);

    List<Device> left = devices.stream().filter(device -> !device.deleted).toList();
    assertThat(fleet.query("select count(*) from device")).isEqualTo(String.valueOf(left.size()));
    assertThat(left).noneMatch(device -> device.token(Api.at(fleet.uri())).isEmpty());
    assertThat(settled(left)).as("all of them rotate in the end").isTrue();
  }

  private static Step step(int die) {
    Kind[] kinds = Kind.values();
    return new Step(
        kinds[die % kinds.length],
        die / kinds.length % DEVICES,
        die / kinds.length / DEVICES % replicas.size());
  }

  private static int take(Step step, Device device) {
    Api editor = Api.at(replicas.get(step.replica()).uri());
    Api caller = editor.withBearer(editor.editorToken());
    String path = "/api/devices/" + device.unit.id();
    return switch (step.kind()) {
      case TRIGGER -> caller.post("/api/rotation/trigger").status();
      case ROTATE -> caller.post(path + "/rotate").status();
      case JOB -> editor.post("/internal/rotation-job").status();
      case DEACTIVATE -> new Registry(caller).change(device.unit.id(), "{}", false).status();
      case FETCH, REPORT -> asDevice(step, device);
      case TIME_OUT -> {
        replicas
            .get(0)
            .sql(
                "update device set last_rotation_attempt_at ="
                    + " last_rotation_attempt_at - interval '1 hour' where id = "
                    + device.unit.id());
        yield editor.post("/internal/rotation-job").status();
      }
      case DELETE -> {
        // A device is one of four only: the others must go on.
        if (step.device() != 0) {
          yield 0;
        }
        synchronized (device) {
          device.deleted = true;
          yield caller.delete(path).status();
        }
      }
    };
  }

  /** One at a time for each device, as firmware does it. */
  private static int asDevice(Step step, Device device) {
    synchronized (device) {
      if (device.deleted) {
        return 0;
      }
      Api nobody = Api.at(replicas.get(step.replica()).uri());
      Api caller = nobody.withBearer(device.token(nobody));
      if (step.kind() == Kind.REPORT) {
        return caller.get("/api/iot/config").status();
      }
      Api.Answer answer = caller.get("/api/iot/provisioning");
      if (answer.status() == 200) {
        String secret = answer.json().getString("client_secret");
        device.secrets.remove(secret);
        device.secrets.add(secret);
      }
      return answer.status();
    }
  }

  /** Lets the devices do what they are told until nobody waits; whether that comes to pass. */
  private static boolean settled(List<Device> devices) {
    Fleet fleet = replicas.get(0);
    Awaitility.await()
        .atMost(LONG)
        .until(
            () -> {
              for (Device device : devices) {
                if (fleet.stateOf(device.unit).equals("PENDING")) {
                  asDevice(new Step(Kind.FETCH, 0, 1), device);
                  asDevice(new Step(Kind.REPORT, 0, 0), device);
                }
              }
              fleet.cycle();
              return fleet.count("OK") == devices.size();
            });
    return devices.stream().noneMatch(device -> device.token(Api.at(fleet.uri())).isEmpty());
  }

  @Example
  void a_hundred_triggers_at_each_replica_at_once_with_jobs_beside_them_start_one_device() {
    Fleet fleet = replicas.get(0);
    fleet.dismiss();
    List<Device> devices = fleet.enrol(DEVICES).stream().map(Device::new).toList();
    List<Callable<Integer>> steps = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      for (int replica = 0; replica < replicas.size(); replica++) {
        Step trigger = new Step(Kind.TRIGGER, 0, replica);
        steps.add(() -> take(trigger, devices.get(0)));
      }
      if (i % 5 == 0) {
        Step job = new Step(Kind.JOB, 0, i % replicas.size());
        steps.add(() -> take(job, devices.get(0)));
        steps.add(RotationRaceIT::pending);
      }
    }
    assertThat(together(steps)).allMatch(status -> status == 200 || status <= 1);
    assertThat(fleet.count("PENDING")).isEqualTo(1);
    assertThat(fleet.count("QUEUED")).isEqualTo(DEVICES - 1);
    assertThat(settled(devices)).isTrue();
  }

  @Example
  void a_nudge_at_one_replica_reaches_the_streams_of_the_other() {
    try (SseClient stream = Operator.editor(replicas.get(1).server()).open("other")) {
      Api.at(replicas.get(0).uri()).post("/internal/rotation-nudge");
      stream.await(Operator.SOON, "rotation-updated");
    }
  }

  /** How many devices a replica says are PENDING now. */
  private static int pending() {
    Fleet fleet = replicas.get(1);
    return fleet.editor().get("/api/devices?rotation_state=PENDING").json().getInt("count");
  }

  private static List<Integer> together(List<Callable<Integer>> steps) {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Integer> results = new ArrayList<>();
      for (Future<Integer> result : threads.invokeAll(steps)) {
        results.add(result.get());
      }
      return results;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted", interrupted);
    } catch (ExecutionException failed) {
      throw new AssertionError("A step failed", failed.getCause());
    } finally {
      threads.shutdownNow();
    }
  }
}
