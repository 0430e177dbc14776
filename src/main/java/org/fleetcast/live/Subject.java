package org.fleetcast.live;

import jakarta.ws.rs.sse.SseBroadcaster;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One subject's sessions by request id, and the broadcaster that reaches them all; it lives as long
 * as they do. Sessions come and go one at a time: {@link Sessions} sees to that.
 *
 * <p>A broadcaster finds out that a sink is closed only when it sends to it, and a nudge may be
 * days away. So what is over is swept out when there is more of it than of what is not.
 */
final class Subject {
  private final SseBroadcaster broadcaster;
  private final Map<String, Session> byRequestId = new ConcurrentHashMap<>();
  private final AtomicInteger connected = new AtomicInteger();
  private int over;
  private boolean closed;

  Subject(SseBroadcaster broadcaster) {
    this.broadcaster = broadcaster;
  }

  Map<String, Session> byRequestId() {
    return byRequestId;
  }

  void add(Session session) {
    byRequestId.put(session.requestId(), session);
    broadcaster.register(session);
  }

  /** Puts an event into every mailbox. One at a time: a broadcaster loses what overlaps. */
  synchronized void broadcast(Event event) {
    if (!closed) {
      broadcaster.broadcast(event);
    }
  }

  /** Ends a session and forgets it. */
  void remove(Session session) {
    session.end();
    byRequestId.remove(session.requestId(), session);
    if (++over > byRequestId.size()) {
      broadcast(Event.NOTHING);
      over = 0;
    }
  }

  /** To be called when the last session has gone. */
  synchronized void close() {
    closed = true;
    broadcaster.close();
  }

  /** How many of the sessions have a stream right now, which they keep up to date. */
  AtomicInteger connected() {
    return connected;
  }

  /** The session that has waited longest for its viewer to come back. */
  Optional<Session> longestWaiting() {
    return byRequestId.values().stream().min(Comparator.comparing(Session::waitingSince));
  }
}
