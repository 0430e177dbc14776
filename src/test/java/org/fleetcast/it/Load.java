package org.fleetcast.it;

import static org.fleetcast.it.Operator.TOPIC;

import java.net.URI;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Pace;

/** A device that publishes numbered lines at a pace until it is stopped. */
final class Load implements AutoCloseable {
  static final int LINES_A_MESSAGE = 10;

  private final AtomicInteger published = new AtomicInteger();
  private final AtomicBoolean stopped = new AtomicBoolean();

  /** Held while a message is on its way. */
  private final Semaphore turn = new Semaphore(1);

  private final CompletableFuture<Void> run;

  /** At a thousand lines a second. */
  Load(URI broker, String entity) {
    this(broker, entity, 1_000);
  }

  Load(URI broker, String entity, int linesPerSecond) {
    run = CompletableFuture.runAsync(() -> publish(broker, entity, linesPerSecond));
  }

  private void publish(URI broker, String entity, int linesPerSecond) {
    try (MqttPublisher device = MqttPublisher.connected(broker)) {
      Pace pace = Pace.of(linesPerSecond / LINES_A_MESSAGE);
      while (!stopped.get()) {
        pace.next();
        turn.acquireUninterruptibly();
        try {
          publishNext(device, entity);
        } finally {
          turn.release();
        }
      }
    }
  }

  private void publishNext(MqttPublisher device, String entity) {
    StringBuilder payload = new StringBuilder();
    for (int i = 0; i < LINES_A_MESSAGE; i++) {
      payload.append(
          "{\"entity_id\":\"%s\",\"n\":%d,\"sent\":\"%s\",\"message\":\"I (1) t: x\"}\n"
              .formatted(entity, published.get() + i, Instant.now()));
    }
    publish(device, payload.toString());
    published.addAndGet(LINES_A_MESSAGE);
  }

  /** A broker that has just come back is connected to within a moment. */
  private static void publish(MqttPublisher device, String payload) {
    if (!device.isConnected()) { // such a wait begins with a tenth of a second
      Awaitility.await("a broker").until(device::isConnected);
    }
    device.publish(TOPIC, payload);
  }

  /** Publishes nothing until it is to go on; returns when all that was is acknowledged. */
  void pause() {
    turn.acquireUninterruptibly();
  }

  void goOn() {
    turn.release();
  }

  /** How many lines the broker has acknowledged so far; it may have those of one more message. */
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
