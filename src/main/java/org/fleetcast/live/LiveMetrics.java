package org.fleetcast.live;

import static org.fleetcast.metrics.Described.metric;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.function.Supplier;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

/** What the dashboards know of the streams. */
@Singleton
public class LiveMetrics {
  private final MetricRegistry registry;
  private final Counter bound;
  private final Counter refused;
  private final Counter dropped;
  private final Counter gaps;
  private final Counter linesMissed;
  private final Counter trimmed;

  @Inject
  public LiveMetrics(MetricRegistry registry) {
    this.registry = registry;
    Metadata binding =
        metric(
            "sse_identity_binding",
            "Streams opened, and streams and subscriptions refused over a limit");
    bound = registry.counter(binding, new Tag("status", "success"));
    refused = registry.counter(binding, new Tag("status", "refused"));
    dropped =
        registry.counter(
            metric(
                "sse_viewers_dropped",
                "Streams closed because their reader took nothing, or when memory was short"));
    gaps = registry.counter(metric("sse_gaps", "gap events sent to slow or late viewers"));
    linesMissed = registry.counter(metric("sse_gap_lines", "Lines that gap events stand for"));
    trimmed =
        registry.counter(
            metric(
                "sse_viewer_memory_trimmed_events",
                "Events that the log in memory let go because all of it was over its limit"));
  }

  void watch(Supplier<Integer> connections, int limit, Supplier<Long> subscriptions) {
    registry.gauge(
        metric("sse_connections_limit", "SSE_MAX_CONNECTIONS: the most streams that may be open"),
        () -> limit);
    registry.gauge(metric("sse_connections_active", "Open streams"), connections);
    registry.gauge(
        metric(
            "sse_device_log_subscriptions_active",
            "Subscriptions, including those of streams that may still resume"),
        subscriptions);
  }

  void watch(ViewerMemory memory) {
    registry.gauge(metric("sse_viewer_memory_bytes", "Bytes that wait for viewers"), memory::used);
    registry.gauge(
        metric("sse_viewer_memory_limit_bytes", "The most bytes that may wait for viewers"),
        memory::limit);
    registry.gauge(
        metric("sse_subscription_memory_bytes", "About what all subscriptions take"),
        memory::subscriptions);
  }

  /** So many events were let go because they did not fit into memory. */
  void trimmed(long events) {
    trimmed.inc(events);
  }

  /** A stream was bound to its subject. */
  void bound() {
    bound.inc();
  }

  /** A stream or a subscription was refused over a limit. */
  void refused() {
    refused.inc();
  }

  /** A viewer got a gap in the place of that many lines. */
  void missed(long lines) {
    gaps.inc();
    linesMissed.inc(lines);
  }

  /** A viewer was cut that took nothing: for the write deadline, or when memory was short. */
  void dropped() {
    dropped.inc();
  }
}
