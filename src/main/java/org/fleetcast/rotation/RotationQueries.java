package org.fleetcast.rotation;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.devices.RotationSlot;
import org.fleetcast.devices.RotationSlots;
import org.fleetcast.devices.Transactions;
import org.fleetcast.problem.Setting;

/** Reads where the fleet stands. */
@Singleton
class RotationQueries {
  private static final long MOST_DAYS = 36_500;

  private final EntityManager entities; // lives within a transaction only
  private final Transactions transactions;
  private final RotationSlots turns;
  private final Schedule schedule;
  private final long criticalDays;

  @Inject
  RotationQueries(
      EntityManager entities,
      Transactions transactions,
      RotationSlots turns,
      Schedule schedule,
      @ConfigProperty(name = "rotation.critical.threshold.days") String criticalDays) {
    this.entities = entities;
    this.transactions = transactions;
    this.turns = turns;
    this.schedule = schedule;
    this.criticalDays =
        Setting.positive("ROTATION_CRITICAL_THRESHOLD_DAYS", criticalDays, MOST_DAYS);
  }

  /** Makes a bad threshold stop the start and not the first who looks. */
  void atStart(@Observes @Priority(1000) Startup startup) {}

  RotationStatus status(Instant now) {
    return RotationStatus.of(fleet(now), schedule.next(now).orElse(null));
  }

  Dashboard dashboard(Instant now) {
    return Dashboard.of(fleet(now), criticalDays);
  }

  private List<DeviceRotation> fleet(Instant now) {
    return transactions.read(
        () -> {
          RotationSlot turn = turns.now();
          return entities
              .createQuery(
                  "select new org.fleetcast.rotation.DeviceRotation(d.id, d.key, d.deviceName,"
                      + " d.model.code, d.active, d.rotationState, d.lastRotationCompletedAt)"
                      + " from Device d order by d.key",
                  DeviceRotation.class)
              .getResultStream()
              .map(device -> device.at(now, turn))
              .toList();
        });
  }
}
