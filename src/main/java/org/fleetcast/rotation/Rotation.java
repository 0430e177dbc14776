package org.fleetcast.rotation;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.fleetcast.devices.Credential;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.DeviceChanged;
import org.fleetcast.devices.Devices;
import org.fleetcast.devices.RotationSlot;
import org.fleetcast.devices.RotationSlots;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.Setting;
import org.fleetcast.rotation.RotationChanged.Source;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * The rotation of the fleet: who is queued, whose turn it becomes, and what happens to a device
 * that does not come. Everything here is done while holding the turn, so whoever else tries at the
 * same moment, here or in another replica, finds it done.
 */
@Singleton
class Rotation {
  private static final Logger LOG = System.getLogger(Rotation.class.getName());
  private static final Duration LONGEST_TURN = Duration.ofDays(7);

  /** For how long a cycle begins to restore secrets of turns that are over: its caller waits. */
  private static final Duration RESTORING = Duration.ofSeconds(20);

  private final RotationSlots turns;
  private final Devices devices;
  private final RotationQueue queue;
  private final OldSecrets oldSecrets;
  private final Schedule schedule;
  private final Event<RotationStarted> started;
  private final Event<RotationChanged> changed;
  private final MetricRegistry registry;
  private final Duration limit;

  /** Of which devices the log says that nobody can open their old secrets. */
  private final Set<String> toldLocked = ConcurrentHashMap.newKeySet();

  @Inject
  Rotation(
      RotationSlots turns,
      Devices devices,
      RotationQueue queue,
      OldSecrets oldSecrets,
      Schedule schedule,
      Event<RotationStarted> started,
      Event<RotationChanged> changed,
      MetricRegistry registry,
      @ConfigProperty(name = "rotation.timeout.seconds") String timeout) {
    this.turns = turns;
    this.devices = devices;
    this.queue = queue;
    this.oldSecrets = oldSecrets;
    this.schedule = schedule;
    this.started = started;
    this.changed = changed;
    this.registry = registry;
    this.limit = Setting.seconds("ROTATION_TIMEOUT_SECONDS", timeout, LONGEST_TURN);
  }

  /** A schedule that is new here waits for its first due time, counted from this start. */
  void atStart(@Observes @Priority(1000) Startup startup) {
    Stream.of("success", "error").forEach(this::runs); // there from the start, as zero
    registry.gauge(
        metric("fleetcast_rotation_scheduled", "1 when ROTATION_CRON is set, else 0"),
        () -> schedule.isSet() ? 1 : 0);
    Instant now = Instant.now();
    turns.holding(turn -> schedule.isSet() ? turn.expects(now) : turn.forgets());
  }

  /** How long a turn may last. */
  Duration limit() {
    return limit;
  }

  /** Queues every active device that is OK, and starts one if it is nobody's turn. */
  int trigger(Instant now) {
    return turns.holding(
        turn -> {
          int queued = queue.addAll();
          startNext(turn, now, null);
          changed.fire(new RotationChanged(Source.WEB));
          return queued;
        });
  }

  /**
   * Queues one device, active or not, and starts one if it is nobody's turn.
   *
   * @return false when it was queued already, or it is its turn
   * @throws Problem 404 when there is no such device
   */
  boolean rotate(int id, Instant now) {
    return turns.holding(
        turn -> {
          Device device = devices.get(id);
          Credential credential = device.credential(turn);
          boolean queued = credential.mayQueue();
          if (queued) {
            device.become(credential.queued());
          }
          startNext(turn, now, null);
          changed.fire(new RotationChanged(Source.WEB));
          return queued;
        });
  }

  /**
   * One run of the job: whoever ran out of time gives up the turn, the schedule may queue the
   * fleet, and somebody is started if it is nobody's turn.
   *
   * @throws Problem 502 when a secret could not be written back; all else of the cycle is done
   */
  Cycle cycle(Instant now) {
    boolean done = false;
    try {
      List<Problem> failures = restoreOld(now);
      Ran ran = turns.holding(turn -> cycle(turn, now));
      if (ran.failure() != null) {
        failures.add(ran.failure());
      }
      if (!failures.isEmpty()) {
        throw OldSecrets.together(failures);
      }
      done = true;
      return ran.cycle();
    } finally {
      runs(done ? "success" : "error").inc();
    }
  }

  /** What a cycle did, and what it could not do. */
  private record Ran(Cycle cycle, @Nullable Problem failure) {}

  private Counter runs(String result) {
    return registry.counter(
        metric("iot_rotation_job_runs", "Cycles of the rotation job, by how they ended"),
        new Tag("result", result));
  }

  private Ran cycle(RotationSlot turn, Instant now) {
    turn.cycle(now);
    Optional<Device> late = late(turn, now);
    boolean timedOut = false;
    Problem failure = null;
    try {
      failure = late.flatMap(device -> giveUp(turn, device, now)).orElse(null);
      timedOut = late.isPresent();
    } catch (Problem unrestored) {
      failure = unrestored; // told after the rest is done and committed
    }
    boolean scheduled = schedule(turn, now);
    Optional<Device> next = startNext(turn, now, null);
    if (timedOut || scheduled || next.isPresent()) {
      changed.fire(new RotationChanged(Source.CRONJOB));
    }
    Cycle cycle = new Cycle(timedOut ? 1 : 0, next.map(Device::key).orElse(null), scheduled);
    return new Ran(cycle, failure);
  }

  /**
   * Ends the turn, if it has it still, of a device that has the new secret, and starts the next.
   */
  void complete(RotationSlot turn, Device device, Credential completed, Instant now) {
    device.become(completed);
    if (turn.isOf(device.id())) {
      turn.end();
    }
    LOG.log(Level.INFO, "A rotation is complete client={0}", device.clientId());
    startNext(turn, now, null);
    changed.fire(new RotationChanged(Source.WEB));
  }

  /** A device that goes leaves its turn to the next one, within the transaction that removes it. */
  void onChange(@Observes DeviceChanged change) {
    if (change.deleted()) {
      turns.holding(turn -> leave(turn, change.deviceId()));
    }
  }

  private boolean leave(RotationSlot turn, int id) {
    if (!turn.isOf(id)) {
      return false;
    }
    turn.end();
    startNext(turn, Instant.now(), id);
    changed.fire(new RotationChanged(Source.WEB));
    return true;
  }

  /** The device whose turn it is and whose time ran out. */
  private Optional<Device> late(RotationSlot turn, Instant now) {
    return turn.deviceId()
        .map(devices::get)
        .filter(device -> device.credential(turn).isOverdue(now, limit));
  }

  /**
   * Ends the turn of a device that did not come.
   *
   * @return what remains undone: its old secret, which nobody can open. To wait for its key would
   *     hold the whole fleet.
   * @throws Problem when the issuer cannot restore its secret now: it stays
   */
  private Optional<Problem> giveUp(RotationSlot turn, Device device, Instant now) {
    Credential credential = device.credential(turn);
    boolean locked = oldSecrets.isLocked(device, credential);
    device.become(
        locked
            ? credential.timedOutLocked(now, limit)
            : credential.timedOut(now, limit, oldSecrets.restore(device, credential, now)));
    turn.end();
    LOG.log(Level.WARNING, "A rotation timed out client={0}", device.clientId());
    if (!locked) {
      return Optional.empty();
    }
    tellLocked(device);
    return Optional.of(OldSecrets.locked(device));
  }

  /**
   * Devices without the secret that they have, since another service left them so or nobody could
   * open it when their turn ended, each by itself: one that cannot be helped keeps no other from
   * it. That nobody can open it still is told when it is found out, and by a metric: the cycle did
   * all that can be done.
   *
   * @return what failed
   */
  private List<Problem> restoreOld(Instant now) {
    List<Problem> failures = new ArrayList<>();
    Instant end = SteadyClock.now().plus(RESTORING);
    for (int id : turns.holding(turn -> queue.unrestored())) {
      if (SteadyClock.now().isAfter(end)) {
        break; // the next cycle goes on
      }
      try {
        turns.holding(turn -> restoreOld(turn, id, now));
      } catch (Problem failed) {
        if (failed.code() != ProblemCode.EXTERNAL_SERVICE_ERROR) {
          throw failed;
        }
        failures.add(failed);
      }
    }
    return failures;
  }

  private boolean restoreOld(RotationSlot turn, int id, Instant now) {
    Optional<Device> found = queue.unrestored(id);
    found.ifPresent(
        device -> {
          Credential credential = device.credential(turn);
          if (oldSecrets.isLocked(device, credential)) {
            tellLocked(device);
            return;
          }
          device.become(credential.restored(oldSecrets.restore(device, credential, now)));
          toldLocked.remove(device.key());
          LOG.log(Level.INFO, "An old secret is restored client={0}", device.clientId());
        });
    return found.isPresent();
  }

  private void tellLocked(Device device) {
    if (toldLocked.add(device.key())) {
      LOG.log(Level.WARNING, OldSecrets.locked(device).sentence());
    }
  }

  /** Queues the fleet if a scheduled time went by since it last did, however many did. */
  private boolean schedule(RotationSlot turn, Instant now) {
    boolean due = turn.lastScheduledAt().filter(last -> schedule.due(last, now)).isPresent();
    if (due) {
      turn.scheduled(now);
      LOG.log(Level.INFO, "The schedule queued the fleet devices={0}", queue.addAll());
    }
    return due;
  }

  /** Starts the next device, if it is nobody's turn; who timed out waits for the job to run. */
  private Optional<Device> startNext(RotationSlot turn, Instant now, @Nullable Integer leaving) {
    if (turn.deviceId().isPresent()) {
      return Optional.empty();
    }
    Optional<Device> next = queue.next(turn.lastCycleAt(), leaving);
    next.ifPresent(
        device -> {
          device.become(device.credential(turn).started(now));
          turn.give(device.id());
          started.fire(new RotationStarted(device.clientId()));
        });
    return next;
  }
}
