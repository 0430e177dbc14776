package org.fleetcast.door;

import static org.fleetcast.metrics.Described.metric;

import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

/** Counts the requests that were refused before they were whole. */
final class RefusedRequests {
  private RefusedRequests() {}

  /** Of one reason, of which there are few. */
  static Counter by(String reason, MetricRegistry metrics) {
    return metrics.counter(
        metric(
            "fleetcast_http_refused",
            "Requests and connections refused before they were complete, by reason"),
        new Tag("reason", reason));
  }
}
