package org.fleetcast.container;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.fleetcast.devices.DeviceChanged;
import org.fleetcast.devices.Transactions;

/** Observes changes of devices as the application does: after their commit, on an executor. */
@Singleton
public class Witness {
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final EntityManager entities;
  private final Transactions transactions;
  private final ManagedExecutorService executor;

  @Inject
  public Witness(
      EntityManager entities, Transactions transactions, ManagedExecutorService executor) {
    this.entities = entities;
    this.transactions = transactions;
    this.executor = executor;
  }

  /** A change, and how many models of that id were in the database when it was told. */
  public record Seen(int id, long rows) {}

  void changed(@Observes(during = TransactionPhase.AFTER_SUCCESS) DeviceChanged event) {
    int id = event.deviceId();
    executor.execute(() -> seen.add(new Seen(id, transactions.call(() -> rows(id)))));
  }

  List<Seen> seen() {
    return List.copyOf(seen);
  }

  private long rows(int id) {
    return ((Number)
            entities
                .createNativeQuery("select count(*) from device_model where id = ?1")
                .setParameter(1, id)
                .getSingleResult())
        .longValue();
  }
}
