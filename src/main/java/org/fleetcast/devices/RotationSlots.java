package org.fleetcast.devices;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.fleetcast.problem.DatabaseFailure;
import org.fleetcast.problem.Problem;

/**
 * The way to the {@link RotationSlot}: one at a time among all replicas, by the lock of its row.
 * Within a replica they wait for each other before they take a connection, so that a slow issuer,
 * for which the row stays locked, uses up no more than one. They are a limited number and do not
 * wait for ever.
 */
@Singleton
public class RotationSlots {
  static final int MOST_WAITING = 200;
  private static final long PATIENCE_SECONDS = 30;

  private final ReentrantLock door = new ReentrantLock(true);
  private final EntityManager entities; // lives within a transaction only
  private final Transactions transactions;

  @Inject
  RotationSlots(EntityManager entities, Transactions transactions) {
    this.entities = entities;
    this.transactions = transactions;
  }

  /**
   * Work that may change whose turn it is, or the device whose turn it is, in one transaction.
   *
   * @throws Problem 503 when too many others wait to do so
   */
  public <T> T holding(Function<RotationSlot, T> work) {
    enter();
    try {
      return transactions.call(
          () ->
              work.apply(
                  entities.find(
                      RotationSlot.class, RotationSlot.ID, LockModeType.PESSIMISTIC_WRITE)));
    } finally {
      door.unlock();
    }
  }

  private void enter() {
    try {
      boolean crowded = !door.isHeldByCurrentThread() && waiting() >= MOST_WAITING;
      if (crowded || !door.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw DatabaseFailure.BUSY.problem();
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw DatabaseFailure.BUSY.problem(stopping);
    }
  }

  /** How many wait to hold it. */
  int waiting() {
    return door.getQueueLength();
  }

  /** Whose turn it is now, to look at. */
  public RotationSlot now() {
    return transactions.read(() -> entities.find(RotationSlot.class, RotationSlot.ID));
  }
}
