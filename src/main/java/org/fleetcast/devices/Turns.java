package org.fleetcast.devices;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The way to the {@link Turn}: one at a time among all replicas, by the lock of its row. Within a
 * replica they wait for each other before they take a connection, so that a slow issuer, for which
 * the row stays locked, uses up no more than one.
 */
@Singleton
public class Turns {
  private final ReentrantLock door = new ReentrantLock(true);
  private final EntityManager entities; // lives within a transaction only
  private final Transactions transactions;

  @Inject
  Turns(EntityManager entities, Transactions transactions) {
    this.entities = entities;
    this.transactions = transactions;
  }

  /** Work that may change whose turn it is, or the device whose turn it is, in one transaction. */
  public <T> T holding(Function<Turn, T> work) {
    door.lock();
    try {
      return transactions.call(
          () -> work.apply(entities.find(Turn.class, Turn.ID, LockModeType.PESSIMISTIC_WRITE)));
    } finally {
      door.unlock();
    }
  }

  /** Whose turn it is now, to look at. */
  public Turn now() {
    return transactions.read(() -> entities.find(Turn.class, Turn.ID));
  }
}
