package org.fleetcast.stack;

import jakarta.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The devices of the demo, talking until closed. Each has its own connection to talk over; what
 * they are told, they hear over a common one.
 */
final class SampleFleet implements Part {
  private static final String TOPIC = "iotsupport/logsink";

  private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
  private final List<MqttPublisher> connections = new ArrayList<>();
  private final Downlink downlink;

  private SampleFleet(URI broker) {
    downlink = Downlink.of(broker);
    AtExit.closes(this);
  }

  /** Connects every device, with what it was provisioned with, and lets it talk. */
  static SampleFleet talking(Map<SampleDevice, JsonObject> devices, URI broker) {
    SampleFleet fleet = new SampleFleet(broker);
    devices.forEach((device, provisioning) -> fleet.start(device, provisioning, broker));
    return fleet;
  }

  @Override
  public void close() {
    clock.shutdownNow();
    downlink.close();
    connections.forEach(MqttPublisher::close);
    AtExit.forgets(this);
  }

  private void start(SampleDevice device, JsonObject provisioning, URI broker) {
    MqttPublisher connection = MqttPublisher.connected(broker);
    connections.add(connection);
    long pace = device.pace().toMillis();
    Voice voice = new Voice(device, connection);
    Firmware firmware = Firmware.of(provisioning, clock).telling(voice.news::add);
    (device.stubborn() ? firmware.stubborn() : firmware).start(downlink);
    clock.scheduleWithFixedDelay(voice, 0, pace, TimeUnit.MILLISECONDS);
  }

  /** One device's next step, then its next, over its one connection. */
  private static final class Voice implements Runnable {
    private final SampleDevice device;
    private final MqttPublisher connection;
    private final EspLog log;
    private final Random random;
    private final Queue<String> news = new ConcurrentLinkedQueue<>();
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
      for (String each = news.poll(); each != null; each = news.poll()) {
        log.info("rotation", each);
      }
      try {
        connection.publish(TOPIC, log.take());
      } catch (IllegalStateException brokerAway) {
        // As a real device does: what could not be sent is lost, and the next step tries again.
        return;
      }
    }
  }
}
