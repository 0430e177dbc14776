package org.fleetcast.sink;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.fleetcast.mqtt.Inbound;

/** Batches of which a test can see how they were settled. */
final class Settled {
  private Settled() {}

  /** A batch that adds "ack" or "nack" when it is acknowledged or refused. */
  static Message<List<Inbound>> batch(List<String> settled, Inbound... messages) {
    return Message.of(
        List.of(messages),
        () -> {
          settled.add("ack");
          return CompletableFuture.completedStage(null);
        },
        failure -> {
          settled.add("nack");
          return CompletableFuture.completedStage(null);
        });
  }
}
