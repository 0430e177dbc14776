package org.fleetcast.activity;

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
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.fleetcast.devices.DeviceChanged;
import org.fleetcast.devices.DeviceEntities;
import org.fleetcast.devices.DeviceEntity;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;

/**
 * Lets the activity know which entities are those of registered devices: a second after a change
 * here, and every minute, since other replicas change devices too.
 */
@Singleton
class RegisteredEntities {
  private static final Logger LOG = System.getLogger(RegisteredEntities.class.getName());
  private static final String WHERE = "roster";
  private static final Duration EVERY = Duration.ofMinutes(1);

  private final Supplier<List<DeviceEntity>> devices;
  private final Activity activity;
  private final ManagedScheduledExecutorService scheduler;
  private final InternalFaults faults;
  private final Clock clock;
  private volatile Instant due = Instant.MIN;

  @Inject
  public RegisteredEntities(
      DeviceEntities devices,
      Activity activity,
      ManagedScheduledExecutorService scheduler,
      InternalFaults faults) {
    this(devices::all, activity, scheduler, faults, SteadyClock.INSTANCE);
  }

  RegisteredEntities(
      Supplier<List<DeviceEntity>> devices,
      Activity activity,
      ManagedScheduledExecutorService scheduler,
      InternalFaults faults,
      Clock clock) {
    this.devices = devices;
    this.activity = activity;
    this.scheduler = scheduler;
    this.faults = faults;
    this.clock = clock;
  }

  void atStart(@Observes @Priority(2000) Startup startup) {
    faults.guard(WHERE, this::look);
    scheduler.scheduleWithFixedDelay(() -> faults.guard(WHERE, this::look), 1, 1, TimeUnit.SECONDS);
  }

  void changed(@Observes(during = TransactionPhase.AFTER_SUCCESS) DeviceChanged event) {
    if (!Objects.equals(event.entityIdBefore(), event.entityIdNow())) {
      due = Instant.MIN; // after the completion of a transaction is no place to read
    }
  }

  void look() {
    Instant now = clock.instant();
    if (now.isBefore(due)) {
      return;
    }
    due = now.plus(EVERY); // before the reading: a change meanwhile makes it due again
    boolean read = false;
    try {
      activity.register(
          devices.get().stream()
              .map(DeviceEntity::entityId)
              .filter(Objects::nonNull)
              .collect(Collectors.toUnmodifiableSet()));
      read = true;
    } catch (Problem away) {
      LOG.log(Level.DEBUG, "The registered entities cannot be read right now", away);
    } finally {
      if (!read) {
        due = Instant.MIN;
      }
    }
  }
}
