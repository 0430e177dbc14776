package org.fleetcast.logs;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Objects;
import org.fleetcast.devices.DeviceChanged;
import org.fleetcast.devices.Devices;
import org.fleetcast.live.Sessions;
import org.fleetcast.problem.Problem;

/** Lets subscriptions follow their device: to its new entity id, or to their end. */
@Singleton
public class Movers {
  private final Devices devices;
  private final Sessions sessions;
  private final ManagedExecutorService executor;

  @Inject
  public Movers(Devices devices, Sessions sessions, ManagedExecutorService executor) {
    this.devices = devices;
    this.sessions = sessions;
    this.executor = executor;
  }

  void changed(@Observes(during = TransactionPhase.AFTER_SUCCESS) DeviceChanged event) {
    if (!Objects.equals(event.entityIdBefore(), event.entityIdNow())) {
      // After the completion of a transaction is no place to work: it only hands over.
      executor.execute(() -> move(event.deviceId()));
    }
  }

  /** To what the device is now: of two changes, the first may be handed over last. */
  private synchronized void move(int deviceId) {
    String entityId;
    try {
      entityId = devices.get(deviceId).entityId().orElse(null);
    } catch (Problem gone) {
      entityId = null;
    }
    sessions.moved(deviceId, entityId);
  }
}
