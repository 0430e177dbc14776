package org.fleetcast.live;

import jakarta.ws.rs.sse.SseBroadcaster;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One subject's sessions by request id, and the broadcaster that reaches them all; it lives as long
 * as they do.
 */
record Subject(SseBroadcaster broadcaster, Map<String, Session> byRequestId) {
  Subject(SseBroadcaster broadcaster) {
    this(broadcaster, new ConcurrentHashMap<>());
  }

  /** How many of the sessions have a stream right now. */
  long connected() {
    return byRequestId.values().stream().filter(session -> session.connection() != null).count();
  }

  /** The session that has waited longest for its viewer to come back. */
  Optional<Session> longestWaiting() {
    return byRequestId.values().stream().min(Comparator.comparing(Session::waitingSince));
  }

  /** Ends a session and forgets it. */
  void remove(Session session) {
    session.end();
    byRequestId.remove(session.requestId(), session);
  }
}
