package org.fleetcast.rotation;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.devices.Credential;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.RotationSlot;
import org.fleetcast.devices.RotationSlots;
import org.fleetcast.devices.Transactions;
import org.fleetcast.problem.Setting;

/** Reads where the fleet stands. */
@Singleton
class RotationQueries {
  private static final long MOST_DAYS = 36_500;
  private static final int NOBODY = -1;

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
        Setting.number("ROTATION_CRITICAL_THRESHOLD_DAYS", criticalDays, 0, MOST_DAYS);
  }

  /** Makes a bad threshold stop the start and not the first who looks. */
  void atStart(@Observes @Priority(1000) Startup startup) {}

  RotationStatus status(Instant now) {
    return RotationStatus.of(fleet(now), schedule.next(now).orElse(null));
  }

  Dashboard dashboard(Instant now) {
    return Dashboard.of(fleet(now), criticalDays);
  }

  /** The turn that is under way, and the last ones of the devices that timed out, by device. */
  List<RotationAttempt> attempts(Duration limit) {
    return transactions.read(
        () -> {
          RotationSlot turn = turns.now();
          return entities
              .createQuery(
                  "select d from Device d where d.id = :turn"
                      + " or d.rotationState = org.fleetcast.devices.RotationState.TIMEOUT"
                      + " order by d.id",
                  Device.class)
              .setParameter("turn", turn.deviceId().orElse(NOBODY))
              .getResultStream()
              .map(device -> RotationAttempt.of(device.id(), device.credential(turn), limit))
              .toList();
        });
  }

  /**
   * How many devices have no good secret, since the old one is put aside and not written back:
   * those that were taken over, those whose turn ended without it, since nobody could open it, and
   * the one whose turn the last cycle could not end.
   */
  int unrestored(Duration limit) {
    return transactions.read(
        () -> {
          RotationSlot turn = turns.now();
          int pending = turn.deviceId().orElse(NOBODY);
          Long over =
              entities
                  .createQuery(
                      "select count(d) from Device d"
                          + " where d.cachedSecret is not null and d.id <> :turn",
                      Long.class)
                  .setParameter("turn", pending)
                  .getSingleResult();
          Device late = entities.find(Device.class, pending);
          return over.intValue() + (late != null && isStuck(late, turn, limit) ? 1 : 0);
        });
  }

  private static boolean isStuck(Device device, RotationSlot turn, Duration limit) {
    Credential credential = device.credential(turn);
    return credential.cachedSecret() != null && credential.isOverdue(turn.lastCycleAt(), limit);
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
