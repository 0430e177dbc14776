package org.fleetcast.live;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.sse.SseBroadcaster;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.fleetcast.identity.LoggedOut;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * All sessions, by the subject of their token: who is listening right now.
 *
 * <p>It is the only place where sessions begin and end. Each subject has one broadcaster, which
 * lives as long as its sessions; its sinks are the sessions' mailboxes, so a broadcast never waits.
 */
@Singleton
public class Sessions {
  private final ConcurrentMap<String, Subject> subjects = new ConcurrentHashMap<>();
  private final Followers followers = new Followers();
  private final AtomicInteger connections = new AtomicInteger();
  private final Limits limits;
  private final LiveMetrics metrics;
  private final Clock clock = Clock.systemUTC();
  private volatile boolean closing;

  /** One subject's sessions by request id, and the broadcaster that reaches them all. */
  private record Subject(SseBroadcaster broadcaster, Map<String, Session> byRequestId) {
    long connected() {
      return byRequestId.values().stream().filter(s -> s.connection() != null).count();
    }
  }

  @Inject
  public Sessions(Limits limits, LiveMetrics metrics) {
    this.limits = limits;
    this.metrics = metrics;
    metrics.watch(connections::get, followers::subscriptions);
  }

  /** A session with the stream that begins, registered before anything is sent. */
  record Opened(Session session, Session.Start start) {}

  /**
   * Opens a stream: a new session, or the one of that subject and id, whose stream so far is
   * replaced.
   *
   * @param lastId the id of the last event that the viewer has; null when it does not say
   * @throws Problem 503 over the limit of all streams or during shutdown, 429 over the subject's
   */
  Opened open(
      String subject,
      String requestId,
      @Nullable Long lastId,
      Supplier<SseBroadcaster> newBroadcaster) {
    if (closing || connections.get() >= limits.connections()) {
      metrics.refused();
      throw Problem.of(Code.SERVICE_UNAVAILABLE, "No further streams can be opened right now")
          .retryAfter(Duration.ofSeconds(5));
    }
    Opened[] opened = new Opened[1];
    subjects.compute(
        subject,
        (name, known) -> {
          Subject home =
              known == null ? new Subject(newBroadcaster.get(), new ConcurrentHashMap<>()) : known;
          opened[0] = openIn(home, subject, requestId, lastId);
          return home;
        });
    metrics.bound();
    connections.incrementAndGet();
    Connection replaced = opened[0].start().replaced();
    if (replaced != null) {
      finish(replaced, CloseReason.REPLACED);
    }
    return opened[0];
  }

  private Opened openIn(Subject home, String subject, String requestId, @Nullable Long lastId) {
    Session known = home.byRequestId.get(requestId);
    if (known != null) {
      return new Opened(known, known.begin(true, lastId));
    }
    if (home.connected() >= limits.connectionsPerSubject()) {
      metrics.refused();
      throw Problem.of(Code.TOO_MANY_CONNECTIONS, "Too many open streams for this user")
          .retryAfter(Duration.ofSeconds(5));
    }
    Session session = new Session(subject, requestId, followers);
    home.byRequestId.put(requestId, session);
    home.broadcaster.register(session);
    return new Opened(session, session.begin(false, null));
  }

  /**
   * The session of that subject and id.
   *
   * @throws Problem 403 when the subject has none; another's is no exception
   */
  public Session get(String subject, String requestId) {
    Subject home = subjects.get(subject);
    Session session = home == null ? null : home.byRequestId.get(requestId);
    if (session == null) {
      throw Session.noBinding();
    }
    return session;
  }

  /** All sessions at this moment. */
  public Collection<Session> all() {
    List<Session> all = new ArrayList<>();
    subjects.values().forEach(subject -> all.addAll(subject.byRequestId.values()));
    return all;
  }

  /** Puts log lines into the mailboxes of all who follow the entity. Never waits. */
  public void publish(String entityId, Event event) {
    for (Session session : followers.of(entityId)) {
      session.publish(entityId, event);
    }
  }

  /** Whether anybody follows the entity: if not, nothing needs to be encoded for it. */
  public boolean follows(String entityId) {
    return !followers.of(entityId).isEmpty();
  }

  /** Puts an event into every mailbox. One at a time: a broadcaster loses what overlaps. */
  public synchronized void broadcast(Event event) {
    subjects.values().forEach(subject -> subject.broadcaster.broadcast(event));
  }

  /** Subscriptions follow their device: to its new entity id, or to their end. */
  public void moved(int deviceId, @Nullable String entityId) {
    all().forEach(session -> session.move(deviceId, entityId));
  }

  void loggedOut(@Observes LoggedOut event) {
    Subject home = subjects.get(event.subject());
    if (home != null) {
      home.byRequestId.values().forEach(session -> end(session, CloseReason.LOGOUT));
    }
  }

  /** The stream of a connection is over: its session waits to be resumed. */
  void ended(Connection connection, Duration lastWrite) {
    connections.decrementAndGet();
    if (lastWrite.compareTo(limits.writeDeadline()) >= 0) {
      metrics.dropped();
    }
    connection.session().detach(connection, clock.instant());
  }

  /** The regular look at every session: heartbeats, deadlines, tokens, and who never came back. */
  void tick() {
    Instant now = clock.instant();
    for (Session session : all()) {
      Connection connection = session.connection();
      if (connection != null) {
        look(connection, now);
      } else if (session.abandonedSince(now.minus(limits.resume()))) {
        remove(session);
      }
    }
  }

  private void look(Connection connection, Instant now) {
    if (connection.expired(now)) {
      finish(connection, CloseReason.TOKEN_EXPIRED);
    } else {
      connection.beat(now, limits.heartbeat());
    }
  }

  private void finish(Connection connection, CloseReason reason) {
    Session session = connection.session();
    byte[] waiting = session.next(connection, Mailbox.MAX_BYTES);
    byte[] close = Frames.close(reason, connection.format(), session.lastTaken());
    byte[] retry = reason == CloseReason.SHUTDOWN ? Frames.retry() : new byte[0];
    session.detach(connection, clock.instant());
    connection.finish(Frames.join(waiting, retry, close));
  }

  private void end(Session session, CloseReason reason) {
    Connection open = session.connection();
    if (open != null) {
      finish(open, reason);
    }
    remove(session);
  }

  private void remove(Session session) {
    session.end();
    subjects.computeIfPresent(
        session.subject(),
        (name, home) -> {
          home.byRequestId.remove(session.requestId(), session);
          if (!home.byRequestId.isEmpty()) {
            return home;
          }
          home.broadcaster.close();
          return null;
        });
  }

  /** Ends every stream; new ones are refused from now on. */
  void shutdown() {
    closing = true;
    all().forEach(session -> end(session, CloseReason.SHUTDOWN));
  }

  int open() {
    return connections.get();
  }
}
