package org.fleetcast.sink;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.function.Supplier;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Histogram;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.eclipse.microprofile.metrics.Timer;

/** What the dashboards know of the log sink. */
@Singleton
public class LogMetrics {
  private final MetricRegistry registry;
  private final Counter received;
  private final Counter quarantined;
  private final Counter repeated;
  private final Counter sent;
  private final Counter written;
  private final Histogram batchSize;
  private final Timer writeDuration;
  private final Timer deliveryLatency;
  private final Counter deadLetters;
  private final Counter readersRefused;

  @Inject
  public LogMetrics(MetricRegistry registry) {
    this.registry = registry;
    received = received("success");
    quarantined = received("quarantined");
    repeated = registry.counter("iot_logsink_messages_repeated");
    sent = registry.counter("sse_device_log_events_sent", new Tag("status", "success"));
    written = writes("success", "none");
    batchSize = registry.histogram("iot_logsink_batch_size");
    writeDuration = registry.timer("iot_logsink_es_write_duration");
    deliveryLatency = registry.timer("fleetcast_delivery_latency");
    deadLetters = registry.counter("fleetcast_dead_letters");
    readersRefused = registry.counter("fleetcast_readers_refused");
  }

  private Counter received(String status) {
    return registry.counter("iot_logsink_messages_received", new Tag("status", status));
  }

  public <T extends Number> void gauge(String name, Supplier<T> value) {
    registry.gauge(name, value);
  }

  /** Messages were taken: some of their lines good, some for the dead-letter index. */
  void taken(Delivery delivery) {
    for (Delivery.Taken message : delivery.messages()) {
      received.inc(message.good());
      quarantined.inc(message.bad());
    }
    repeated.inc(delivery.repeated());
  }

  /** An event with lines was put into its followers' mailboxes, so long after it was taken in. */
  void published(Duration latency) {
    sent.inc();
    deliveryLatency.update(latency);
  }

  /** A line came into the dead-letter index. */
  public void deadLetter() {
    deadLetters.inc();
  }

  /** A reader of logs was refused: too many read or wait. */
  public void readerRefused() {
    readersRefused.inc();
  }

  /** Lines were written to Elasticsearch in one request. */
  public void written(int lines, Duration took) {
    written.inc(lines);
    batchSize.update(lines);
    writeDuration.update(took);
  }

  /** Lines were refused by Elasticsearch or on the way to it. */
  public void refused(int lines, String errorType) {
    writes("error", errorType).inc(lines);
  }

  private Counter writes(String status, String errorType) {
    return registry.counter(
        "iot_logsink_es_writes", new Tag("status", status), new Tag("error_type", errorType));
  }
}
