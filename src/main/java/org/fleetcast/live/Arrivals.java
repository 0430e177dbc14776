package org.fleetcast.live;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.fleetcast.identity.RequestArrival;
import org.jspecify.annotations.Nullable;

/**
 * When the last request arrived that was done, for each thing that a session may follow: of two
 * that overtake each other on their way through the server, the one that arrived last counts. Not
 * safe for threads.
 */
public final class Arrivals {
  /** Longer than a request takes from its arrival until it is done. */
  private static final Duration KEPT = Duration.ofMinutes(5);

  /** In the order in which they were done; most sessions have none, for there are many sessions. */
  private Map<Selector, Instant> last = Map.of();

  /** When a request arrived, by the steady clock. */
  public static Instant of(HttpServletRequest request) {
    return RequestArrival.of(request);
  }

  /** Whether a request that arrived later was done already; null for one that is always done. */
  boolean isLate(Selector selector, @Nullable Instant arrived) {
    Instant other = last.get(selector);
    return other != null && arrived != null && arrived.isBefore(other);
  }

  /** Remembers that a request was done. */
  void done(Selector selector, @Nullable Instant arrived) {
    if (arrived == null) {
      return;
    }
    if (last.isEmpty()) {
      last = new LinkedHashMap<>(2);
    }
    last.remove(selector);
    last.put(selector, arrived);
    Iterator<Instant> eldest = last.values().iterator();
    while (eldest.next().isBefore(arrived.minus(KEPT))) {
      eldest.remove();
    }
  }
}
