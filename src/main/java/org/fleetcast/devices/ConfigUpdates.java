package org.fleetcast.devices;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.json.Json;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;

/**
 * Tells a device over MQTT that its config was written: {@code {"client_id"}}, after the commit.
 */
@Singleton
public class ConfigUpdates {
  private static final Logger LOG = System.getLogger(ConfigUpdates.class.getName());

  private final Emitter<String> updates;
  private final ManagedExecutorService executor;

  @Inject
  ConfigUpdates(
      @Channel("config-updates") Emitter<String> updates, ManagedExecutorService executor) {
    this.updates = updates;
    this.executor = executor;
  }

  void onChange(@Observes(during = TransactionPhase.AFTER_SUCCESS) DeviceConfigChanged changed) {
    executor.execute(() -> tell(changed.clientId()));
  }

  private void tell(String clientId) {
    String payload = Json.createObjectBuilder().add("client_id", clientId).build().toString();
    try {
      updates
          .send(payload)
          .whenComplete(
              (sent, failure) -> {
                if (failure != null) {
                  untold(clientId, failure);
                }
              });
    } catch (IllegalStateException full) { // the broker has been away for long
      untold(clientId, full);
    }
  }

  private static void untold(String clientId, Throwable failure) {
    LOG.log(
        Level.WARNING,
        "A device was not told of its new config client={0} cause={1}",
        clientId,
        failure.getMessage());
  }
}
