package org.fleetcast.rotation;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.Optional;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.Devices;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** The devices that wait for their turn. Only to be used while holding the turn. */
@Singleton
class Queue {
  private static final int NOBODY = -1;

  private final EntityManager entities; // lives within a transaction only
  private final Devices devices;

  @Inject
  Queue(EntityManager entities, Devices devices) {
    this.entities = entities;
    this.devices = devices;
  }

  /**
   * One device with its model.
   *
   * @throws Problem 404 when there is none
   */
  Device get(int id) {
    return devices.get(id);
  }

  /**
   * Lets every active device that is OK wait, in one statement for the whole fleet; the one whose
   * turn it is is never OK.
   *
   * @return how many
   */
  int addAll() {
    return entities
        .createQuery(
            "update Device d set d.rotationState = org.fleetcast.devices.RotationState.QUEUED"
                + " where d.active = true"
                + " and d.rotationState = org.fleetcast.devices.RotationState.OK")
        .executeUpdate();
  }

  /**
   * Who is next: of the queued ones the one that never rotated or has the oldest secret, else of
   * those that timed out, and may be tried again by now, the one with the oldest attempt.
   *
   * @param passedOver a device that has to wait, though it is there
   */
  Optional<Device> next(Instant now, @Nullable Integer passedOver) {
    int except = passedOver == null ? NOBODY : passedOver;
    return queued(except).or(() -> timedOut(now, except));
  }

  private Optional<Device> queued(int except) {
    return entities
        .createQuery(
            "select d from Device d join fetch d.model"
                + " where d.rotationState = org.fleetcast.devices.RotationState.QUEUED"
                + " and d.id <> :except"
                + " order by case when d.lastRotationCompletedAt is null then 0 else 1 end,"
                + " d.secretCreatedAt, d.id",
            Device.class)
        .setParameter("except", except)
        .setMaxResults(1)
        .getResultStream()
        .findFirst();
  }

  private Optional<Device> timedOut(Instant now, int except) {
    return entities
        .createQuery(
            "select d from Device d join fetch d.model"
                + " where d.rotationState = org.fleetcast.devices.RotationState.TIMEOUT"
                + " and d.id <> :except and d.rotationRetryAt <= :now"
                + " order by d.lastRotationAttemptAt, d.id",
            Device.class)
        .setParameter("except", except)
        .setParameter("now", now)
        .setMaxResults(1)
        .getResultStream()
        .findFirst();
  }
}
