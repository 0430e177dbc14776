package org.fleetcast.stack;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The devices of the demo, each with its own connection to the broker, talking until closed. */
final class SampleFleet implements Part {
  private static final String TOPIC = "iotsupport/logsink";

  private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
  private final List<MqttPublisher> connections = new ArrayList<>();

  private SampleFleet() {
    AtExit.closes(this);
  }

  /** Connects every device and lets it talk. */
  static SampleFleet talking(List<SampleDevice> devices, URI broker) {
    SampleFleet fleet = new SampleFleet();
    devices.forEach(device -> fleet.start(device, broker));
    return fleet;
  }

  @Override
  public void close() {
    clock.shutdownNow();
    connections.forEach(MqttPublisher::close);
    AtExit.forgets(this);
  }

  private void start(SampleDevice device, URI broker) {
    MqttPublisher connection = MqttPublisher.connected(broker);
    connections.add(connection);
    long pace = device.pace().toMillis();
    clock.scheduleWithFixedDelay(new Voice(device, connection), 0, pace, TimeUnit.MILLISECONDS);
  }

  /** One device's next step, then its next, over its one connection. */
  private static final class Voice implements Runnable {
    private final SampleDevice device;
    private final MqttPublisher connection;
    private final EspLog log;
    private final Random random;
    private int steps;

    Voice(SampleDevice device, MqttPublisher connection) {
      this.device = device;
      this.connection = connection;
      this.log = new EspLog(device.entityId());
      this.random = new Random(device.entityId().hashCode());
    }

    @Override
    public void run() {
      device.script().step(log, steps++, random);
      try {
        connection.publish(TOPIC, log.take());
      } catch (IllegalStateException brokerAway) {
        // As a real device does: what could not be sent is lost, and the next step tries again.
        return;
      }
    }
  }
}
