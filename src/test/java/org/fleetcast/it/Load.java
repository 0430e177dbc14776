package org.fleetcast.it;

import static org.fleetcast.it.Operator.TOPIC;

import java.net.URI;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Pace;

/** A device that publishes numbered lines at a thousand a second until it is stopped. */
final class Load implements AutoCloseable {
  private static final int MESSAGES_A_SECOND = 100;
  private static final int LINES_A_MESSAGE = 10;

  private final AtomicInteger published = new AtomicInteger();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final CompletableFuture<Void> run;

  Load(URI broker, String entity) {
    run = CompletableFuture.runAsync(() -> publish(broker, entity));
  }

  private void publish(URI broker, String entity) {
    try (MqttPublisher device = MqttPublisher.connected(broker)) {
      Pace pace = Pace.of(MESSAGES_A_SECOND);
      while (!stopped.get()) {
        pace.next();
        StringBuilder payload = new StringBuilder();
        for (int i = 0; i < LINES_A_MESSAGE; i++) {
          payload.append(
              "{\"entity_id\":\"%s\",\"n\":%d,\"sent\":\"%s\",\"message\":\"I (1) t: x\"}\n"
                  .formatted(entity, published.get() + i, Instant.now()));
        }
        device.publish(TOPIC, payload.toString());
        published.addAndGet(LINES_A_MESSAGE);
      }
    }
  }

  /** How many lines the broker has so far. */
  int published() {
    if (run.isCompletedExceptionally()) {
      run.join();
    }
    return published.get();
  }

  /** Ends the load; gives the number of lines. */
  int stop() {
    stopped.set(true);
    run.join();
    return published.get();
  }

  @Override
  public void close() {
    stopped.set(true);
  }
}
