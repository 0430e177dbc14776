package org.fleetcast.live;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.function.Supplier;
import org.eclipse.microprofile.metrics.Counter;
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
    bound = registry.counter("sse_identity_binding", new Tag("status", "success"));
    refused = registry.counter("sse_identity_binding", new Tag("status", "refused"));
    dropped = registry.counter("sse_viewers_dropped");
    gaps = registry.counter("sse_gaps");
    linesMissed = registry.counter("sse_gap_lines");
    trimmed = registry.counter("sse_viewer_memory_trimmed_events");
  }

  void watch(Supplier<Integer> connections, Supplier<Long> subscriptions) {
    registry.gauge("sse_connections_active", connections);
    registry.gauge("sse_device_log_subscriptions_active", subscriptions);
  }

  void watch(ViewerMemory memory) {
    registry.gauge("sse_viewer_memory_bytes", memory::used);
    registry.gauge("sse_viewer_memory_limit_bytes", memory::limit);
    registry.gauge("sse_subscription_memory_bytes", memory::subscriptions);
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

  /** A viewer was told of a gap in the place of that many lines. */
  void missed(long lines) {
    gaps.inc();
    linesMissed.inc(lines);
  }

  /** A viewer was cut that took nothing: for the write deadline, or when memory was short. */
  void dropped() {
    dropped.inc();
  }
}
