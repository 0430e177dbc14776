package org.fleetcast.sink;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.fleetcast.mqtt.InboundMessage;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/** A process of little memory that takes one message of 8 MiB, 2.8 million good lines. */
final class SmallHeap {
  private static final int LINES = (8 << 20) / 3;

  private SmallHeap() {}

  /** Succeeds when the message was acknowledged and no line is missing. */
  public static void main(String[] folder) {
    int[] taken = new int[1];
    boolean[] acknowledged = new boolean[1];
    ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 256 << 10);
    try (Journal journal = Journal.open(Path.of(folder[0]), Long.MAX_VALUE, Instant.now())) {
      LogIntake intake =
          new LogIntake(
              journal,
              new Delivery.Lines() {
                @Override
                public PayloadLines read(InboundMessage message, PayloadLines.Position from) {
                  return reader.read(message.payload(), from);
                }

                @Override
                public @Nullable String entityId(InboundMessage message, int from) {
                  return reader.entityId(message.payload(), from);
                }
              },
              // Without Elasticsearch nothing is kept of the lines: only how far they came.
              delivery -> journal.append(List.of(), delivery.marks(), delivery::remember),
              delivery -> {},
              List.of(new LogIntake.Step("count", message -> taken[0] += message.lines().size())),
              new InternalFaults(System.out::println, SteadyClock.INSTANCE));
      byte[] payload = "{}\n".repeat(LINES).getBytes(StandardCharsets.US_ASCII);
      intake.take(
          Message.of(
              List.of(new InboundMessage("t", payload, 1, false, false, true, 1)),
              () -> {
                acknowledged[0] = true;
                return CompletableFuture.completedStage(null);
              }));
    }
    System.out.println("acknowledged=" + acknowledged[0] + " taken=" + taken[0]);
    System.exit(acknowledged[0] && taken[0] == LINES ? 0 : 1);
  }
}
