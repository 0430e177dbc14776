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
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

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
      executor.execute(() -> move(event));
    }
  }

  /** To what the device is now: of two changes, the first may be handed over last. */
  private synchronized void move(DeviceChanged event) {
    sessions.moved(event.deviceId(), entityIdNow(event));
  }

  private @Nullable String entityIdNow(DeviceChanged event) {
    try {
      return devices.get(event.deviceId()).entityId().orElse(null);
    } catch (Problem refused) {
      // The database may be away: then the change that was committed is all that is known.
      return refused.code() == Code.RECORD_NOT_FOUND ? null : event.entityIdNow();
    }
  }
}
