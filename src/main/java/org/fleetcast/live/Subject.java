package org.fleetcast.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.ws.rs.sse.SseBroadcaster;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One subject's sessions by request id, and the broadcaster that reaches them all; it lives as long
 * as they do. Sessions come and go one at a time: {@link Sessions} sees to that.
 *
 * <p>A broadcaster finds out that a sink is closed only when it sends to it, and a nudge may be
 * days away. So what is over is swept out when there is more of it than of what is not.
 */
final class Subject {
  private final String name;
  private final SseBroadcaster broadcaster;
  private final Map<String, Session> byRequestId = new ConcurrentHashMap<>();
  private final SubjectUsage usage;
  private int over;

  @GuardedBy("this")
  private boolean closed;

  /**
   * @param usage what it has taken, which goes on when it goes and comes again
   */
  Subject(String name, SseBroadcaster broadcaster, SubjectUsage usage) {
    this.name = name;
    this.broadcaster = broadcaster;
    this.usage = usage;
  }

  String name() {
    return name;
  }

  /** The session of that id; null when there is none that goes on. */
  @Nullable Session open(String requestId) {
    Session known = byRequestId.get(requestId);
    return known == null || known.isClosed() ? null : known;
  }

  Collection<Session> sessions() {
    return byRequestId.values();
  }

  void add(Session session) {
    broadcaster.register(session);
    byRequestId.put(session.requestId(), session);
  }

  /** If so many are there already, the one that waited longest to be resumed has to go. */
  void makeRoom(int most) {
    if (byRequestId.size() >= most) {
      byRequestId.values().stream()
          .min(Comparator.comparing(Session::waitingSince))
          .filter(longest -> longest.endIfAbandonedSince(Instant.MAX))
          .ifPresent(this::remove);
    }
  }

  /** Sends an event to every session. One at a time: a broadcaster loses what overlaps. */
  synchronized void broadcast(StreamEvent event) {
    if (!closed) {
      broadcaster.broadcast(event);
    }
  }

  /** Ends a session and forgets it. */
  void remove(Session session) {
    session.end();
    byRequestId.remove(session.requestId(), session);
    if (++over > byRequestId.size()) {
      broadcast(StreamEvent.NOTHING);
      over = 0;
    }
  }

  /** To be called when the last session has gone. */
  synchronized void close() {
    closed = true;
    broadcaster.close();
  }

  /** What its sessions have taken, which they keep up to date. */
  SubjectUsage usage() {
    return usage;
  }
}
