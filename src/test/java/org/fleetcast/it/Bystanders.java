package org.fleetcast.it;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.fleetcast.bench.Readers;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Pace;

/**
 * Those who are to notice nothing: a device that publishes numbered lines, ten viewers of it, and
 * others who ask for the health, the metrics, their own name, a page of history and a new stream.
 */
final class Bystanders implements AutoCloseable {
  static final int VIEWERS = 10;
  private static final int LINES = 2;
  private static final int MESSAGES_A_SECOND = 50;
  private static final Duration LATEST = Duration.ofSeconds(20);

  private final String entity;
  private final Readers readers;
  private final List<Probe> atOnce;
  private final List<Probe> soon;
  private final Histogram acknowledged =
      new SynchronizedHistogram(Duration.ofMinutes(2).toNanos(), 3);
  private final AtomicInteger published = new AtomicInteger();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final CompletableFuture<Void> device;
  private long missing;
  private long doubled;
  private long gaps;

  /**
   * What they saw for a while.
   *
   * @param viewers the 99th percentile between the moment at which a line is due and its arrival,
   *     and more than {@link #LATEST} when some did not arrive
   * @param intake the median of the same
   * @param acknowledged the 99th percentile between publishing and the broker's PUBACK
   * @param atOnce health, metrics and sign-in
   * @param soon another user's history and first event
   */
  record Picture(
      Duration viewers,
      Duration intake,
      Duration acknowledged,
      List<Probe.Seen> atOnce,
      List<Probe.Seen> soon) {}

  Bystanders(URI server, URI broker, String entity, int deviceId, String token) {
    this.entity = entity;
    String identity = "Authorization: Bearer " + token + "\r\n";
    String logs = "/api/devices/" + deviceId + "/logs";
    int port = server.getPort();
    readers =
        new Readers("viewers", port, new Readers.Request(logs + "/stream?tail=0", identity))
            .open(VIEWERS);
    atOnce =
        List.of(
            new Probe("live", port, "/health/live", "", "\"UP\""),
            new Probe("metrics", port, "/metrics", "", "# TYPE"),
            new Probe("self", port, "/api/auth/self", identity, "\"subject\""));
    soon =
        List.of(
            new Probe("history", port, logs, identity, "\"has_more\""),
            new Probe("first", port, logs + "/stream?tail=10", identity, "event: device-logs"));
    device = CompletableFuture.runAsync(() -> publish(broker));
  }

  /** From now on what is seen counts. */
  void begin() {
    take(readers.heard());
    readers.listen();
    acknowledged.reset();
    atOnce.forEach(Probe::seen);
    soon.forEach(Probe::seen);
  }

  /** What they saw since the beginning, also of lines that are still on their way. */
  Picture end() {
    List<Probe.Seen> quick = atOnce.stream().map(Probe::seen).toList();
    List<Probe.Seen> others = soon.stream().map(Probe::seen).toList();
    Duration atLeast = awaitAll(published.get()) ? Duration.ZERO : LATEST;
    Histogram seen = readers.heard().latency();
    return new Picture(
        atLeast.plusNanos(seen.getValueAtPercentile(99)),
        Duration.ofNanos(seen.getValueAtPercentile(50)),
        Duration.ofNanos(acknowledged.getValueAtPercentile(99)),
        quick,
        others);
  }

  private boolean awaitAll(int lines) {
    try {
      Awaitility.await().atMost(LATEST).until(() -> readers.haveReached(lines - 1));
      return true;
    } catch (ConditionTimeoutException lost) {
      return false;
    }
  }

  /** Ends the device; gives how many lines it published. */
  int stop() {
    stopped.set(true);
    device.handle((done, failed) -> null).join();
    return published.get();
  }

  /**
   * What is wrong with what the viewers got, from the first line to the last; empty for nothing.
   */
  String losses() {
    boolean all = awaitAll(published.get());
    take(readers.heard());
    String failed = device.isCompletedExceptionally() ? "the device failed, " : "";
    return all && missing + doubled + gaps == 0 && failed.isEmpty()
        ? ""
        : failed
            + "missing=%d doubled=%d gaps=%d open=%d last=%s"
                .formatted(missing, doubled, gaps, readers.heard().open(), all ? "seen" : "lost");
  }

  String entity() {
    return entity;
  }

  private void take(Readers.Heard heard) {
    missing += heard.missing();
    doubled += heard.doubled();
    gaps += heard.gaps();
  }

  private void publish(URI broker) {
    try (MqttPublisher publisher = MqttPublisher.connected(broker)) {
      Pace pace = Pace.of(MESSAGES_A_SECOND);
      while (!stopped.get()) {
        long due = pace.next();
        long from = System.nanoTime();
        publisher.publish(Operator.TOPIC, message(due));
        acknowledged.recordValue(System.nanoTime() - from);
        published.addAndGet(LINES);
      }
    }
  }

  private byte[] message(long due) {
    StringBuilder message = new StringBuilder();
    for (int n = published.get(); n < published.get() + LINES; n++) {
      message.append(
          "{\"entity_id\":\"%s\",\"message\":\"I (1) t: x\",\"n\":%d,\"ts\":%d,\"seq\":%d}\n"
              .formatted(entity, n, due, n));
    }
    return message.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    stopped.set(true);
    atOnce.forEach(Probe::close);
    soon.forEach(Probe::close);
    readers.close();
  }
}
