package org.fleetcast.sink;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.fleetcast.mqtt.InboundMessage;

/** Batches of which a test can see how they were settled. */
final class RecordedBatches {
  private RecordedBatches() {}

  /** A batch that adds "ack" or "nack" when it is acknowledged or refused. */
  static Message<List<InboundMessage>> batch(List<String> settled, InboundMessage... messages) {
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
