package org.fleetcast.logs;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Objects;
import org.fleetcast.devices.DeviceChanged;
import org.fleetcast.live.Sessions;

/** Lets subscriptions follow their device: to its new entity id, or to their end. */
@Singleton
public class Movers {
  private final Sessions sessions;
  private final ManagedExecutorService executor;

  @Inject
  public Movers(Sessions sessions, ManagedExecutorService executor) {
    this.sessions = sessions;
    this.executor = executor;
  }

  void changed(@Observes(during = TransactionPhase.AFTER_SUCCESS) DeviceChanged event) {
    if (!Objects.equals(event.entityIdBefore(), event.entityIdNow())) {
      // After the completion of a transaction is no place to work: it only hands over.
      executor.execute(() -> sessions.moved(event.deviceId(), event.entityIdNow()));
    }
  }
}
