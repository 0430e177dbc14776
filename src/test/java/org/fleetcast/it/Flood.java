package org.fleetcast.it;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.fleetcast.stack.MqttPublisher;

/**
 * A device that publishes some messages as fast as the broker takes them. What the server makes of
 * them goes on after that, so this is never over by itself.
 */
final class Flood implements Burden {
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final int messages;
  private final CompletableFuture<Void> run;

  /** Each is made when it is its turn, since they are large. */
  Flood(URI broker, List<Supplier<byte[]>> messages) {
    this.messages = messages.size();
    this.run = CompletableFuture.runAsync(() -> publish(broker, messages));
  }

  private void publish(URI broker, List<Supplier<byte[]>> all) {
    try (MqttPublisher device = MqttPublisher.connected(broker)) {
      for (Supplier<byte[]> next : all) {
        if (stopped.get()) {
          return;
        }
        device.publish(Operator.TOPIC, next.get());
        taken.incrementAndGet();
      }
    }
  }

  @Override
  public boolean isOver() {
    return false;
  }

  @Override
  public String outcome() {
    return taken.get() + " of " + messages + " taken by the broker";
  }

  @Override
  public void close() {
    stopped.set(true);
    run.handle((done, failed) -> null).join();
  }
}
