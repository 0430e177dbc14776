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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
  /** By so much the server's write timeout may come early. */
  private static final Duration COARSE = Duration.ofMillis(500);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final ConcurrentMap<String, Subject> subjects = new ConcurrentHashMap<>();
  private final Followers followers = new Followers();
  private final AtomicInteger connections = new AtomicInteger();
  private final Limits limits;
  private final LiveMetrics metrics;
  private final Clock clock = Clock.systemUTC();
  private volatile boolean closing;

  @Inject
  public Sessions(Limits limits, LiveMetrics metrics) {
    this.limits = limits;
    this.metrics = metrics;
    metrics.watch(connections::get, followers::subscriptions);
  }

  /**
   * Who wants which stream.
   *
   * @param lastId the id of the last event that the viewer has; null when it does not say
   */
  record Opening(String subject, String requestId, @Nullable Long lastId) {}

  /** A session with the stream that begins, registered before anything is sent. */
  record Opened(Session session, Session.Start start) {}

  /**
   * Opens a stream: a new session, or the one of that subject and id, whose stream so far is
   * replaced.
   *
   * @param prepare done with the session before its stream begins; what it throws refuses the
   *     stream
   * @throws Problem 503 over the limit of all streams or during shutdown, 429 over the subject's
   */
  Opened open(Opening asked, Supplier<SseBroadcaster> newBroadcaster, Consumer<Session> prepare) {
    if (closing) {
      throw refused(Code.SERVICE_UNAVAILABLE, "The service is being stopped");
    }
    Opened[] opened = new Opened[1];
    subjects.compute(
        asked.subject,
        (name, known) -> {
          Subject home = known == null ? new Subject(newBroadcaster.get()) : known;
          opened[0] = openIn(home, asked, prepare);
          return home;
        });
    metrics.bound();
    Connection replaced = opened[0].start().replaced();
    if (replaced != null) {
      finish(replaced, CloseReason.REPLACED);
    }
    return opened[0];
  }

  private Opened openIn(Subject home, Opening asked, Consumer<Session> prepare) {
    Session known = home.byRequestId().get(asked.requestId);
    if (known == null || known.connection() == null) {
      requireRoom(home);
    }
    Session session =
        known == null
            ? new Session(
                asked.subject, asked.requestId, followers, home.connected(), metrics::missed)
            : known;
    prepare.accept(session);
    connections.incrementAndGet();
    if (known == null) {
      home.add(session);
    }
    return new Opened(session, session.begin(known != null, asked.lastId, clock.instant()));
  }

  private void requireRoom(Subject home) {
    if (connections.get() >= limits.connections()) {
      throw refused(Code.SERVICE_UNAVAILABLE, "No further streams can be opened right now");
    }
    if (home.connected().get() >= limits.connectionsPerSubject()) {
      throw refused(Code.TOO_MANY_CONNECTIONS, "Too many open streams for this user");
    }
    if (home.byRequestId().size() >= 2 * limits.connectionsPerSubject()) {
      // Too many wait to be resumed: the one that waited longest has to go.
      home.longestWaiting().ifPresent(home::remove);
    }
  }

  private Problem refused(Code code, String sentence) {
    metrics.refused();
    return Problem.of(code, sentence).retryAfter(RETRY_AFTER);
  }

  /** Gives the session its stream; one that came too late for it is closed again. */
  void attach(Opened opened, Connection connection) {
    if (opened.session.attach(connection, opened.start.number())) {
      connection.wake();
    } else {
      connection.finish(Frames.close(CloseReason.REPLACED, connection.format(), 0));
    }
  }

  /**
   * The session of that subject and id.
   *
   * @throws Problem 403 when the subject has none; another's is no exception
   */
  public Session get(String subject, String requestId) {
    Subject home = subjects.get(subject);
    Session session = home == null ? null : home.byRequestId().get(requestId);
    if (session == null) {
      throw Session.noBinding();
    }
    return session;
  }

  /** All sessions at this moment. */
  public Collection<Session> all() {
    List<Session> all = new ArrayList<>();
    subjects.values().forEach(subject -> all.addAll(subject.byRequestId().values()));
    return all;
  }

  /** Puts log lines into the mailboxes of all who follow the entity. Never waits. */
  public void publish(Publication lines) {
    followers.of(lines).forEach(feed -> feed.publish(lines));
  }

  /** Whether anybody follows the entity: if not, nothing needs to be encoded for it. */
  public boolean follows(String entityId) {
    return followers.follows(entityId);
  }

  /** Puts an event into every mailbox. */
  public void broadcast(Event event) {
    subjects.values().forEach(subject -> subject.broadcast(event));
  }

  /** Subscriptions follow their device: to its new entity id, or to their end. */
  public void moved(int deviceId, @Nullable String entityId) {
    all().forEach(session -> session.move(deviceId, entityId));
  }

  void loggedOut(@Observes LoggedOut event) {
    Subject home = subjects.get(event.subject());
    if (home != null) {
      home.byRequestId().values().forEach(session -> end(session, CloseReason.LOGOUT));
    }
  }

  /** The reader was gone before its stream began: its session waits to be resumed. */
  void neverBegan() {
    connections.decrementAndGet();
  }

  /** The stream of a connection is over: its session waits to be resumed. */
  void ended(Connection connection, Duration lastWrite) {
    connections.decrementAndGet();
    if (lastWrite.plus(COARSE).compareTo(limits.writeDeadline()) >= 0) {
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
      } else {
        remove(session, s -> s.abandonedSince(now.minus(limits.resume())));
      }
    }
  }

  private void look(Connection connection, Instant now) {
    // A second early, which is until the next look: never later than the token.
    if (connection.expired(now.plusSeconds(1))) {
      finish(connection, CloseReason.TOKEN_EXPIRED);
    } else {
      connection.beat(now, limits.heartbeat());
    }
  }

  private void finish(Connection connection, CloseReason reason) {
    connection.finish(connection.session().close(connection, reason, clock.instant()));
  }

  private void end(Session session, CloseReason reason) {
    Connection open = session.connection();
    if (open != null) {
      finish(open, reason);
    }
    remove(session, any -> true);
  }

  /** Removes a session if that is still so when nobody can come back to it any more. */
  private void remove(Session session, Predicate<Session> stillSo) {
    subjects.computeIfPresent(
        session.subject(),
        (name, home) -> {
          if (stillSo.test(session)) {
            home.remove(session);
          }
          if (!home.byRequestId().isEmpty()) {
            return home;
          }
          home.close();
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
