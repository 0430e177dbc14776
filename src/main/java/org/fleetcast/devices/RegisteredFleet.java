package org.fleetcast.devices;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * By which entities the devices name their lines, in memory, since every line asks: at once after a
 * change here or at another replica, and every minute.
 */
@Singleton
public class RegisteredFleet {
  private static final Logger LOG = System.getLogger(RegisteredFleet.class.getName());
  private static final String WHERE = "fleet";
  private static final Duration EVERY = Duration.ofMinutes(1);

  private final Supplier<List<FleetMember>> devices;
  private final InternalFaults faults;
  private final Clock clock;

  @GuardedBy("this")
  private Instant due = Instant.MIN;

  @GuardedBy("this")
  private long changes;

  @GuardedBy("this")
  private Map<Integer, FleetMember> byDevice = new HashMap<>();

  /** By entity, the model of each of its devices. */
  @GuardedBy("this")
  private Map<String, Map<Integer, Integer>> models = new HashMap<>();

  @GuardedBy("this")
  private @Nullable Set<String> entities;

  @Inject
  public RegisteredFleet(DeviceEntities devices, InternalFaults faults) {
    this(devices::members, faults, SteadyClock.INSTANCE);
  }

  RegisteredFleet(Supplier<List<FleetMember>> devices, InternalFaults faults, Clock clock) {
    this.devices = devices;
    this.faults = faults;
    this.clock = clock;
  }

  void atStart(
      @Observes @Priority(2000) Startup startup, ManagedScheduledExecutorService scheduler) {
    look();
    scheduler.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
  }

  private void look() {
    faults.guard(WHERE, this::read);
  }

  private void read() {
    Instant now = clock.instant();
    long before;
    synchronized (this) {
      if (now.isBefore(due)) {
        return;
      }
      before = changes;
    }
    try {
      take(devices.get(), before, now);
    } catch (Problem away) {
      LOG.log(Level.DEBUG, "The devices cannot be read right now", away);
    }
  }

  /** Unless something changed meanwhile, of which nobody knows whether it was read. */
  private synchronized void take(List<FleetMember> read, long before, Instant now) {
    if (changes == before) {
      byDevice = new HashMap<>();
      models = new HashMap<>();
      read.forEach(this::put);
      due = now.plus(EVERY);
    }
  }

  synchronized void changed(
      @Observes(during = TransactionPhase.AFTER_SUCCESS) DeviceChanged event) {
    changes++;
    put(new FleetMember(event.deviceId(), event.modelId(), event.entityIdNow()));
    if (event.deleted()) {
      byDevice.remove(event.deviceId());
    }
  }

  synchronized void changedElsewhere(@Observes DeviceChangedElsewhere event) {
    DeviceChanged change = event.change();
    if (change == null) {
      due = Instant.MIN; // whatever it was, it is read within a second
    } else {
      changed(change);
    }
  }

  private synchronized void put(FleetMember member) {
    entities = null;
    int id = member.deviceId();
    FleetMember before = byDevice.put(id, member);
    if (before != null && before.entityId() != null) {
      models.computeIfPresent(
          before.entityId(), (entity, all) -> all.remove(id) != null && all.isEmpty() ? null : all);
    }
    String entityId = member.entityId();
    if (entityId != null && !entityId.isEmpty()) {
      models.computeIfAbsent(entityId, e -> new HashMap<>(2)).put(id, member.modelId());
    }
  }

  /** The models of the devices that log as that entity; empty when no device does. */
  public synchronized Set<Integer> modelsOf(String entityId) {
    Map<Integer, Integer> all = models.get(entityId);
    return all == null ? Set.of() : new HashSet<>(all.values());
  }

  /** All entities as which a device logs; the same set as long as nothing changes. */
  public synchronized Set<String> entities() {
    Set<String> known = entities;
    if (known == null) {
      known = Set.copyOf(models.keySet());
      entities = known;
    }
    return known;
  }
}
