package org.fleetcast.live;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.sse.SseBroadcaster;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
 * lives as long as its sessions; its sinks are the sessions, so a broadcast never waits. A session
 * that throws keeps no other from what is done for all.
 */
@Singleton
public class Sessions {
  private static final String WHERE = "live";

  /** By so much the server's write timeout may come early. */
  private static final Duration COARSE = Duration.ofMillis(500);

  private final Subjects subjects;
  private final Log log;
  private final EarlierLines earlierLines;
  private final ViewerMemory memory;
  private final StreamLimits limits;
  private final LiveMetrics metrics;
  private final LongConsumer missed;
  private final InternalFaults faults;
  private final Admission admission;
  private final Clock clock;

  /** Those of other replicas; empty where there are none. */
  private final Optional<SharedSessions> shared;

  /** Streams that are being closed, and may still hold what their readers do not take. */
  private final Set<StreamConnection> leaving = ConcurrentHashMap.newKeySet();

  @Inject
  public Sessions(
      StreamLimits limits,
      LiveMetrics metrics,
      ViewerMemory memory,
      Members members,
      EarlierLines earlierLines,
      InternalFaults faults,
      SharedSessions shared) {
    this(
        limits,
        metrics,
        memory,
        members,
        earlierLines,
        faults,
        Optional.of(shared).filter(SharedSessions::isOn),
        SteadyClock.INSTANCE);
  }

  /** Those of one replica without others. */
  public Sessions(
      StreamLimits limits,
      LiveMetrics metrics,
      ViewerMemory memory,
      Members members,
      EarlierLines earlierLines,
      InternalFaults faults) {
    this(limits, metrics, memory, members, earlierLines, faults, SteadyClock.INSTANCE);
  }

  Sessions(
      StreamLimits limits,
      LiveMetrics metrics,
      ViewerMemory memory,
      Members members,
      EarlierLines earlierLines,
      InternalFaults faults,
      Clock clock) {
    this(limits, metrics, memory, members, earlierLines, faults, Optional.empty(), clock);
  }

  private Sessions(
      StreamLimits limits,
      LiveMetrics metrics,
      ViewerMemory memory,
      Members members,
      EarlierLines earlierLines,
      InternalFaults faults,
      Optional<SharedSessions> shared,
      Clock clock) {
    this.shared = shared;
    this.subjects = new Subjects(memory, metrics::refused);
    this.log = new Log(members, memory, metrics, faults);
    this.earlierLines = earlierLines;
    this.memory = memory;
    this.limits = limits;
    this.metrics = metrics;
    this.missed = metrics::missed;
    this.faults = faults;
    this.clock = clock;
    this.admission = new Admission(limits, metrics);
    metrics.watch(admission::taken, limits.connections(), log::subscriptions);
    metrics.watch(memory);
  }

  /**
   * Who wants which stream.
   *
   * @param lastId the id of the last event that the viewer has; null when it does not say
   * @param first what it follows from its beginning; null for nothing
   * @param arrived when the request arrived, by the steady clock
   */
  record Opening(
      String subject,
      String requestId,
      @Nullable EventId lastId,
      @Nullable Subscription first,
      Instant arrived) {}

  /** A session with the stream that begins, registered before anything is sent, and its place. */
  record Opened(Session session, Session.Start start, StreamPermit place) {}

  /**
   * Whether this replica has what a viewer has who comes from another one, which it waits a little
   * for: else what came up to there would be sent twice.
   *
   * @throws Problem when there is no stream for it anyway, as {@link #open}
   */
  boolean reaches(Opening asked) {
    admission.check(asked);
    return asked.lastId == null || log.reaches(asked.lastId, asked.arrived);
  }

  /**
   * Opens a stream: a new session, or the one of that subject and id, whose stream so far is
   * replaced.
   *
   * <p>To be called when this replica {@link #reaches} what the viewer has.
   *
   * @throws Problem 503 over the limit of all streams and during shutdown, 429 over the subject's
   *     or the session's, 401 when the subject logged out since the request arrived
   */
  Opened open(Opening asked, Supplier<SseBroadcaster> newBroadcaster) {
    admission.check(asked);
    Opened opened =
        shared.isPresent()
            ? openShared(shared.get(), asked, newBroadcaster)
            : subjects.add(asked.subject, newBroadcaster, home -> openIn(home, asked, null, 0));
    StreamConnection replaced = opened.start().replaced();
    if (replaced != null) {
      List<byte[]> words =
          Frames.close(CloseReason.REPLACED, replaced.format(), opened.start.left());
      leave(replaced, Frames.Chunk.of(words));
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

  /** Nothing is taken from another replica for a stream that is refused. */
  private Opened openShared(
      SharedSessions all, Opening asked, Supplier<SseBroadcaster> newBroadcaster) {
    Session known = subjects.find(asked.subject, asked.requestId);
    SubjectUsage usage = subjects.usage(asked.subject);
    boolean replaces = known != null && known.isCounted();
    admission.require(usage, replaces, 0);
    SharedSessions.Claimed claimed =
        all.claim(asked.subject, asked.requestId, known, admission.left(usage, replaces))
            .orElseThrow(admission::tooMany);
    boolean done = false;
    try {
      if (known != null && claimed.subscriptions() != null) {
        end(known, CloseReason.REPLACED); // it went there before, and comes back
      }
      Opened opened =
          subjects.add(
              asked.subject,
              newBroadcaster,
              home -> openIn(home, asked, claimed.subscriptions(), claimed.elsewhere()));
      done = true;
      all.opened(claimed, opened.session);
      return opened;
    } finally {
      if (!done) {
        all.giveBack(claimed);
      }
    }
  }

  /**
   * @param before what it had at another replica
   * @param elsewhere how many other streams of the subject are there
   */
  private Opened openIn(
      Subject home, Opening asked, @Nullable List<Subscription> before, int elsewhere) {
    Session known = home.open(asked.requestId);
    boolean replaces = known != null && known.isCounted();
    StreamPermit place = admission.take(home.usage(), replaces, elsewhere);
    Session session =
        known == null
            ? new Session(home.name(), asked.requestId, log, earlierLines, home.usage(), missed)
            : known;
    try {
      if (before != null) {
        session.adopt(before, limits.subscriptions());
      }
      Session.Start start =
          session.begin(
              asked.first,
              limits.subscriptions(),
              known != null || before != null,
              asked.lastId,
              clock.instant());
      if (known == null) {
        home.makeRoom(2 * limits.connectionsPerSubject());
        home.add(session);
      }
      return new Opened(session, start, place);
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
      List<byte[]> words = Frames.close(reason, connection.format(), opened.start.position());
      leave(connection, Frames.Chunk.of(words));
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

  /**
   * Has a session follow something, whichever replica has its stream. Of two requests for the same
   * the one that arrived last counts, whichever is done first.
   *
   * @param arrived by the steady clock
   * @throws Problem 403 when the subject has no such session, 429 over a limit, 503 when the
   *     replica that has its stream is behind where it is to begin
   */
  public void subscribe(String subject, String requestId, Subscription wanted, Instant arrived) {
    Session here = subjects.find(subject, requestId);
    if (here != null) {
      here.await(wanted, arrived, SteadyClock.now());
      here.subscribe(wanted, limits.subscriptions(), arrived);
    }
    if (here == null || !isKept(here)) {
      shared
          .orElseThrow(Session::noBinding)
          .subscribeElsewhere(subject, requestId, wanted, log.published().id());
    }
  }

  /**
   * Has it follow something no more; says whether it did.
   *
   * @param arrived as for {@link #subscribe}
   * @throws Problem 403 when the subject has no such session
   */
  public boolean unsubscribe(String subject, String requestId, Selector selector, Instant arrived) {
    Session here = subjects.find(subject, requestId);
    boolean followed = here != null && here.unsubscribe(selector, arrived);
    if (here == null || !isKept(here)) {
      return shared
          .orElseThrow(Session::noBinding)
          .unsubscribeElsewhere(subject, requestId, selector);
    }
    return followed;
  }

  /** Keeps it for other replicas as it is now; false when another has it by now. */
  @CanIgnoreReturnValue
  private boolean isKept(Session session) {
    return shared.map(all -> all.save(session)).orElse(true);
  }

  /** Tells of each device that is followed as another replica knew it. */
  public void whenAdopted(IntConsumer look) {
    shared.ifPresent(all -> all.whenAdopted(look));
  }

  /** What the streams of other replicas follow, by request id. */
  public List<Watching> elsewhere() {
    return shared.map(SharedSessions::elsewhere).orElse(List.of());
  }

  /** What a stream of another replica follows. */
  public record Watching(String requestId, List<Subscription> subscriptions) {}

  /** Hears from now on of what other replicas have; says whether there may be any. */
  boolean share() {
    shared.ifPresent(
        all -> all.start(left -> end(left, CloseReason.REPLACED), limits.subscriptions()));
    return shared.isPresent();
  }

  /** Tells other replicas that this one is there; it may wait for the database. */
  void beat() {
    shared.ifPresent(all -> all.beat(limits.resume()));
  }

  /** The regular look at what other replicas are to know; it may wait for database and log. */
  void tellOthers() {
    shared.ifPresent(SharedSessions::tick);
  }

  /** All sessions at this moment. */
  public Collection<Session> all() {
    return subjects.sessions();
  }

  private void each(Collection<Session> sessions, Consumer<Session> work) {
    sessions.forEach(session -> faults.guard(WHERE, () -> work.accept(session)));
  }

  /**
   * Publishes the lines of one message to all who follow them. Never waits for a reader, never
   * throws.
   *
   * @param message returns its lines by entity in the order of their last lines; asked while nobody
   *     can begin to follow
   * @param last the time of the last line of the message, in microseconds since 1970
   */
  public void publish(Supplier<List<Publication>> message, long last) {
    faults.guard(WHERE, () -> log.append(message, last));
  }

  /** Lines up to that time are published no more: they were there before the start. */
  public void startAfter(long position) {
    log.startAfter(position);
  }

  /** Whether anybody follows the entity: if not, nothing needs to be encoded for it. */
  public boolean follows(String entityId) {
    return log.follows(entityId);
  }

  /**
   * Lets the lines of an entity be heard in this process, for good: each as its followers read it.
   *
   * @param executor where they are heard
   */
  public void listen(String entityId, Executor executor, Consumer<LiveLine> heard) {
    new Listener(log, entityId, executor, heard, faults).start();
  }

  /** Gives every session an event. Never throws. */
  public void broadcast(StreamEvent event) {
    subjects.all().forEach(subject -> faults.guard(WHERE, () -> subject.broadcast(event)));
  }

  /** Subscriptions follow their device: to its new entity id, or to their end. */
  public void moved(int deviceId, @Nullable String entityId) {
    each(
        all(),
        session -> {
          if (session.move(deviceId, entityId)) {
            isKept(session);
          }
        });
  }

  /**
   * Other replicas publish the same lines, maybe a little earlier than they come here.
   *
   * @param complete whether all is here that anybody had published at a moment of the steady clock
   */
  public void mayLag(Duration by, Predicate<Instant> complete) {
    log.mayLag(by, complete);
  }

  /**
   * Goes on after a position whose lines were never published here: every stream is cut, and reads
   * them from what is stored when its viewer comes back.
   */
  public void skipTo(long position) {
    log.skipTo(position);
    each(all(), session -> abandon(session.connection()));
  }

  private static void abandon(@Nullable StreamConnection open) {
    if (open != null) {
      open.abandon();
    }
  }

  void loggedOut(@Observes LoggedOut event) {
    admission.refuse(event, clock.instant());
    each(subjects.sessions(event.subject()), session -> end(session, CloseReason.LOGOUT));
  }

  /** A stream did not get as far as its connection: its session waits to be resumed. */
  void neverBegan(Opened opened) {
    opened.place.free();
    opened.session.neverBegan(opened.start.number());
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
    cutStalled();
    admission.forget(now);
    subjects.forget();
  }

  /** What was sent and is not taken fits into memory, or those who hold most of it are cut. */
  private void cutStalled() {
    if (!memory.isExceeded()) {
      return;
    }
    Stream.concat(leaving.stream(), all().stream().map(Session::connection))
        .filter(Objects::nonNull)
        .sorted(Comparator.comparingLong(StreamConnection::unsent).reversed())
        .takeWhile(each -> memory.isExceeded() && each.unsent() > 0)
        .filter(StreamConnection::isBehind)
        .forEach(
            each -> {
              each.abandon();
              metrics.dropped();
            });
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
