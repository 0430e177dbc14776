package org.fleetcast.activity;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.fleetcast.devices.RegisteredFleet;
import org.fleetcast.problem.InternalFaults;

/** Lets the activity know which entities are those of registered devices, within a second. */
@Singleton
class RegisteredEntities {
  private static final String WHERE = "roster";

  private final Supplier<Set<String>> fleet;
  private final Activity activity;
  private final InternalFaults faults;
  private volatile Set<String> known = Set.of();

  @Inject
  public RegisteredEntities(RegisteredFleet fleet, Activity activity, InternalFaults faults) {
    this(fleet::entities, activity, faults);
  }

  RegisteredEntities(Supplier<Set<String>> fleet, Activity activity, InternalFaults faults) {
    this.fleet = fleet;
    this.activity = activity;
    this.faults = faults;
  }

  /** After the fleet was read. */
  void atStart(
      @Observes @Priority(2100) Startup startup, ManagedScheduledExecutorService scheduler) {
    look();
    scheduler.scheduleWithFixedDelay(() -> faults.guard(WHERE, this::look), 1, 1, TimeUnit.SECONDS);
  }

  private void look() {
    Set<String> now = fleet.get();
    if (!now.equals(known)) {
      activity.register(now);
      known = now;
    }
  }
}
