package org.fleetcast.rotation;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.fleetcast.devices.Device;
import org.jspecify.annotations.Nullable;

/** The devices that wait for their turn. Only to be used while holding the turn. */
@Singleton
class RotationQueue {
  private static final int NOBODY = -1;
  private static final String UNRESTORED =
      " from Device d where d.rotationState = org.fleetcast.devices.RotationState.TIMEOUT"
          + " and d.cachedSecret is not null";

  private final EntityManager entities; // lives within a transaction only

  @Inject
  RotationQueue(EntityManager entities) {
    this.entities = entities;
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
   * those that timed out the one with the oldest attempt.
   *
   * @param lastCycle who timed out must have been free to be tried again by then
   * @param leaving a device that is about to be removed
   */
  Optional<Device> next(Instant lastCycle, @Nullable Integer leaving) {
    int except = leaving == null ? NOBODY : leaving;
    return queued(except).or(() -> timedOut(lastCycle, except));
  }

  /** The ids of those whose turn is over with the old secret still put aside. */
  List<Integer> unrestored() {
    return entities
        .createQuery("select d.id" + UNRESTORED + " order by d.id", Integer.class)
        .getResultList();
  }

  /** That device, if it is still one of those. */
  Optional<Device> unrestored(int id) {
    return entities
        .createQuery("select d" + UNRESTORED + " and d.id = :id", Device.class)
        .setParameter("id", id)
        .getResultStream()
        .findFirst();
  }

  /** All with an old secret that is put aside. */
  List<Device> withOldSecret() {
    return entities
        .createQuery("select d from Device d where d.cachedSecret is not null", Device.class)
        .getResultList();
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

  private Optional<Device> timedOut(Instant lastCycle, int except) {
    return entities
        .createQuery(
            "select d from Device d join fetch d.model"
                + " where d.rotationState = org.fleetcast.devices.RotationState.TIMEOUT"
                + " and d.id <> :except and d.rotationRetryAt <= :cycle"
                + " order by d.lastRotationAttemptAt, d.id",
            Device.class)
        .setParameter("except", except)
        .setParameter("cycle", lastCycle)
        .setMaxResults(1)
        .getResultStream()
        .findFirst();
  }
}
