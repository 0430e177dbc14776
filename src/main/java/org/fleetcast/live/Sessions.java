package org.fleetcast.live;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.sse.SseBroadcaster;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.fleetcast.identity.LoggedOut;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * All sessions, by the subject of their token: who is listening right now.
 *
 * <p>It is the only place where sessions begin and end. Each subject has one broadcaster, which
 * lives as long as its sessions; its sinks are the sessions' mailboxes, so a broadcast never waits.
 * A session that throws keeps no other from what is done for all.
 */
@Singleton
public class Sessions {
  private static final String WHERE = "live";

  /** By so much the server's write timeout may come early. */
  private static final Duration COARSE = Duration.ofMillis(500);

  private final Subjects subjects;
  private final TopicIndex followers;
  private final StreamLimits limits;
  private final LiveMetrics metrics;
  private final InternalFaults faults;
  private final Admission admission;
  private final Clock clock;

  /** Streams that are being closed, and may still hold what their readers do not take. */
  private final Set<StreamConnection> leaving = ConcurrentHashMap.newKeySet();

  @Inject
  public Sessions(
      StreamLimits limits, LiveMetrics metrics, ViewerMemory memory, InternalFaults faults) {
    this(limits, metrics, memory, faults, SteadyClock.INSTANCE);
  }

  Sessions(
      StreamLimits limits,
      LiveMetrics metrics,
      ViewerMemory memory,
      InternalFaults faults,
      Clock clock) {
    this.subjects = new Subjects(memory, metrics::refused);
    this.followers = new TopicIndex(memory);
    this.limits = limits;
    this.metrics = metrics;
    this.faults = faults;
    this.clock = clock;
    this.admission = new Admission(limits, metrics);
    metrics.watch(admission::taken, followers::subscriptions);
    metrics.watch(memory);
  }

  /**
   * Who wants which stream.
   *
   * @param lastId the id of the last event that the viewer has; null when it does not say
   * @param arrived when the request arrived, by the steady clock
   */
  record Opening(String subject, String requestId, @Nullable Long lastId, Instant arrived) {}

  /** A session with the stream that begins, registered before anything is sent, and its place. */
  record Opened(Session session, Session.Start start, StreamPermit place) {}

  /**
   * Opens a stream: a new session, or the one of that subject and id, whose stream so far is
   * replaced.
   *
   * @param prepare done with the session before its stream begins; what it throws refuses the
   *     stream
   * @throws Problem 503 over the limit of all streams or during shutdown, 429 over the subject's,
   *     401 when the subject logged out since the request arrived
   */
  Opened open(Opening asked, Supplier<SseBroadcaster> newBroadcaster, Consumer<Session> prepare) {
    admission.check(asked);
    Opened opened =
        subjects.add(asked.subject, newBroadcaster, home -> openIn(home, asked, prepare));
    StreamConnection replaced = opened.start().replaced();
    if (replaced != null) {
      finish(replaced, CloseReason.REPLACED);
    }
    try {
      admission.check(asked);
    } catch (Problem refused) {
      neverBegan(opened);
      boolean login = refused.code() == ProblemCode.AUTHENTICATION_REQUIRED;
      end(opened.session, login ? CloseReason.LOGOUT : CloseReason.SHUTDOWN);
      throw refused;
    }
    faults.guard(WHERE, metrics::bound);
    return opened;
  }

  private Opened openIn(Subject home, Opening asked, Consumer<Session> prepare) {
    Session known = home.open(asked.requestId);
    boolean replaces = known != null && known.connection() != null;
    StreamPermit place = replaces ? admission.takeOver(home) : admission.take(home);
    Session session =
        known == null
            ? new Session(asked.subject, asked.requestId, followers, home.usage(), metrics::missed)
            : known;
    try {
      prepare.accept(session);
      if (known == null) {
        home.makeRoom(2 * limits.connectionsPerSubject());
        home.add(session);
      }
      return new Opened(
          session, session.begin(known != null, asked.lastId, clock.instant()), place);
    } catch (RuntimeException | Error failed) {
      place.free();
      if (known == null) {
        home.remove(session);
      }
      throw failed;
    }
  }

  /** Gives the session its stream; one that came too late for it is closed again. */
  void attach(Opened opened, StreamConnection connection) {
    if (opened.session.attach(connection, opened.start.number())) {
      connection.wake();
    } else {
      CloseReason reason = opened.session.closeReason();
      leave(connection, Frames.Chunk.of(Frames.close(reason, connection.format(), 0)));
    }
  }

  /**
   * The session of that subject and id.
   *
   * @throws Problem 403 when the subject has none; another's is no exception
   */
  public Session get(String subject, String requestId) {
    Session session = subjects.find(subject, requestId);
    if (session == null) {
      throw Session.noBinding();
    }
    return session;
  }

  /** All sessions at this moment. */
  public Collection<Session> all() {
    return subjects.sessions();
  }

  /** All sessions at this moment, those of one subject together. */
  List<Collection<Session>> bySubject() {
    return subjects.all().stream().map(Subject::sessions).toList();
  }

  private void each(Collection<Session> sessions, Consumer<Session> work) {
    sessions.forEach(session -> faults.guard(WHERE, () -> work.accept(session)));
  }

  /** Puts log lines into the mailboxes of all who follow the entity. Never waits, never throws. */
  public void publish(Publication lines) {
    faults.guard(WHERE, () -> followers.publish(lines, this::deliver));
  }

  private void deliver(TopicSubscription feed, Publication lines) {
    try {
      feed.publish(lines);
    } catch (Throwable fault) {
      faults.survived(WHERE, fault);
      faults.guard(WHERE, () -> feed.miss(lines));
    }
  }

  /** Whether anybody follows the entity: if not, nothing needs to be encoded for it. */
  public boolean follows(String entityId) {
    return followers.follows(entityId);
  }

  /** Puts an event into every mailbox. Never throws. */
  public void broadcast(StreamEvent event) {
    subjects.all().forEach(subject -> faults.guard(WHERE, () -> subject.broadcast(event)));
  }

  /** Subscriptions follow their device: to its new entity id, or to their end. */
  public void moved(int deviceId, @Nullable String entityId) {
    each(all(), session -> session.move(deviceId, entityId));
  }

  void loggedOut(@Observes LoggedOut event) {
    admission.refuse(event, clock.instant());
    each(subjects.sessions(event.subject()), session -> end(session, CloseReason.LOGOUT));
  }

  /** A stream did not get as far as its connection: its session waits to be resumed. */
  void neverBegan(Opened opened) {
    opened.place.free();
  }

  /** The stream of a connection is over: its session waits to be resumed. */
  void ended(Opened opened, StreamConnection connection, Duration lastWrite) {
    leaving.remove(connection);
    opened.place.free();
    opened.session.detach(connection, clock.instant());
    if (lastWrite.plus(COARSE).compareTo(limits.writeDeadline()) >= 0) {
      metrics.dropped();
    }
  }

  /** The regular look at every session: heartbeats, deadlines, tokens, and who never came back. */
  void tick() {
    Instant now = clock.instant();
    each(all(), session -> look(session, now));
    admission.forget(now);
    subjects.forget();
  }

  private void look(Session session, Instant now) {
    StreamConnection connection = session.connection();
    if (connection == null) {
      subjects.remove(session, s -> s.endIfAbandonedSince(now.minus(limits.resume())));
    } else if (connection.login().hasEnded()) {
      end(session, CloseReason.LOGOUT);
    } else if (connection.expired(now.plusSeconds(1))) {
      // A second early, which is until the next look: never later than the token.
      finish(connection, CloseReason.TOKEN_EXPIRED);
    } else {
      connection.beat(now, limits.heartbeat());
    }
  }

  /** Closes a stream with what still waits for it; if that cannot be had, without. */
  private void finish(StreamConnection connection, CloseReason reason) {
    Frames.Chunk last = Frames.Chunk.NOTHING;
    try {
      last = connection.session().close(connection, reason, clock.instant());
    } catch (Throwable fault) {
      faults.survived(WHERE, fault);
    }
    leave(connection, last);
  }

  private void leave(StreamConnection connection, Frames.Chunk last) {
    leaving.add(connection);
    connection.finish(last);
    if (connection.isOver()) {
      leaving.remove(connection); // it may have been over before it was added
    }
  }

  /** The streams that are being closed: no session answers for what they hold. */
  Collection<StreamConnection> leaving() {
    return leaving;
  }

  private void end(Session session, CloseReason reason) {
    StreamConnection open = session.seal(reason);
    if (open != null) {
      finish(open, reason);
    }
    subjects.remove(session, Session::isClosed);
  }

  /** Ends every stream; new ones are refused from now on. */
  void shutdown() {
    admission.close();
    each(all(), session -> end(session, CloseReason.SHUTDOWN));
  }

  int open() {
    return admission.taken();
  }
}
