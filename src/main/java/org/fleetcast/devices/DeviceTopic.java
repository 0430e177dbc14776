package org.fleetcast.devices;

import jakarta.json.Json;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;
import org.eclipse.microprofile.reactive.messaging.Emitter;

/**
 * A topic that says to devices that there is something to fetch: {@code {"client_id"}}. Nobody
 * waits for the broker; what is published while it is away goes out when it is back.
 */
public final class DeviceTopic {
  private static final Logger LOG = System.getLogger(DeviceTopic.class.getName());

  private final Emitter<String> emitter;
  private final Executor executor;
  private final String what;

  /**
   * A topic behind a channel.
   *
   * @param what that which there is to fetch, for the log
   */
  public DeviceTopic(Emitter<String> emitter, Executor executor, String what) {
    this.emitter = emitter;
    this.executor = executor;
    this.what = what;
  }

  /** Tells the device of this client; may be called from where nobody may wait. */
  public void tell(String clientId) {
    executor.execute(() -> send(clientId));
  }

  private void send(String clientId) {
    String payload = Json.createObjectBuilder().add("client_id", clientId).build().toString();
    try {
      emitter
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

  private void untold(String clientId, Throwable failure) {
    LOG.log(
        Level.WARNING,
        "A device was not told of its new {0} client={1} cause={2}",
        what,
        clientId,
        failure.getMessage());
  }
}
