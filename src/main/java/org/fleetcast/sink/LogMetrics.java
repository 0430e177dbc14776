package org.fleetcast.sink;

import static org.fleetcast.metrics.Described.metric;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.function.Supplier;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Histogram;
import org.eclipse.microprofile.metrics.Metadata;
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
    repeated =
        registry.counter(
            metric(
                "iot_logsink_messages_repeated",
                "Messages that came again and had been taken: redelivered or retained"));
    sent =
        registry.counter(
            metric(
                "sse_device_log_events_sent",
                "Events published to the followers of an entity, counted once for all of them"),
            new Tag("status", "success"));
    written = writes("success", "none");
    batchSize =
        registry.histogram(metric("iot_logsink_batch_size", "Lines stored by a bulk request"));
    writeDuration =
        registry.timer(
            metric(
                "iot_logsink_es_write_duration", "Duration of a bulk request that stored lines"));
    deliveryLatency =
        registry.timer(
            metric(
                "fleetcast_delivery_latency",
                "Time from taking a message in until it is in the log that its followers read"));
    deadLetters =
        registry.counter(
            metric("fleetcast_dead_letters", "Lines that came into the dead-letter index"));
    readersRefused =
        registry.counter(
            metric(
                "fleetcast_readers_refused",
                "Requests answered 429 or 503 because too many read logs or waited"));
  }

  private Counter received(String status) {
    return registry.counter(
        metric(
            "iot_logsink_messages_received",
            "Lines taken in: good ones, and those that become dead letters"),
        new Tag("status", status));
  }

  /** Shows a number that somebody else keeps. */
  public <T extends Number> void gauge(Metadata shown, Supplier<T> value) {
    registry.gauge(shown, value);
  }

  /** Messages were taken: some of their lines good, some for the dead-letter index. */
  void taken(Delivery delivery) {
    for (Delivery.Taken message : delivery.messages()) {
      received.inc(message.good());
      quarantined.inc(message.bad());
    }
    repeated.inc(delivery.repeated());
  }

  /** An event with lines was put into the log of its followers, so long after it was taken in. */
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
        metric("iot_logsink_es_writes", "Lines written to Elasticsearch or refused by it"),
        new Tag("status", status),
        new Tag("error_type", errorType));
  }
}
