package org.fleetcast.live;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.fleetcast.identity.LoggedOut;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/**
 * Who may open another stream: within the limits, not after the end, and not by a login that ended
 * while the request was on its way.
 */
final class Admission {
  /** Streams whose place another has taken may need as many places until they are over. */
  private static final int AND_REPLACED = 2;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  /** Longer than a request takes from its arrival to its stream. */
  private static final Duration ON_ITS_WAY = Duration.ofMinutes(5);

  private final AtomicInteger taken = new AtomicInteger();
  private final ConcurrentMap<String, Instant> loggedOutAt = new ConcurrentHashMap<>();
  private final StreamLimits limits;
  private final LiveMetrics metrics;
  private volatile boolean closing;

  Admission(StreamLimits limits, LiveMetrics metrics) {
    this.limits = limits;
    this.metrics = metrics;
  }

  /**
   * Refuses who may not have a stream any more. To be asked again when the session is there for all
   * to see: whoever ends all sessions has then either found it or is found out here.
   *
   * @throws Problem 503 at the end, 401 when the subject logged out since the request arrived
   */
  void check(Sessions.Opening asked) {
    if (closing) {
      throw refused(ProblemCode.SERVICE_UNAVAILABLE, "The service is being stopped");
    }
    Instant ended = loggedOutAt.get(asked.subject());
    if (ended != null && !asked.arrived().isAfter(ended)) {
      throw Problem.of(ProblemCode.AUTHENTICATION_REQUIRED, "The login has ended");
    }
  }

  /**
   * A place for another stream.
   *
   * @throws Problem as {@link #require}
   */
  StreamPermit take(SubjectUsage usage, boolean replaces, int elsewhere) {
    require(usage, replaces, elsewhere);
    return new StreamPermit(taken, usage.places());
  }

  /**
   * Refuses a stream for which there is no place right now.
   *
   * @param replaces whether it takes the place of another, which frees its own when it is over
   * @param elsewhere how many streams the subject has at other replicas
   * @throws Problem 503 over the limit of all streams, 429 over the subject's
   */
  void require(SubjectUsage usage, boolean replaces, int elsewhere) {
    if (!replaces && taken.get() >= limits.connections()) {
      throw full();
    }
    if (elsewhere >= left(usage, replaces)) {
      throw tooMany();
    }
    if (taken.get() >= (long) AND_REPLACED * limits.connections()) {
      throw full();
    }
    if (usage.places().get() >= (long) AND_REPLACED * limits.connectionsPerSubject()) {
      throw tooMany();
    }
  }

  /** How many streams the subject may have at other replicas at most when it has another here. */
  int left(SubjectUsage usage, boolean replaces) {
    return replaces ? Integer.MAX_VALUE : limits.connectionsPerSubject() - usage.connected().get();
  }

  private Problem full() {
    return refused(ProblemCode.SERVICE_UNAVAILABLE, "No further streams can be opened right now");
  }

  Problem tooMany() {
    return refused(ProblemCode.TOO_MANY_CONNECTIONS, "Too many open streams for this user");
  }

  private Problem refused(ProblemCode code, String sentence) {
    metrics.refused();
    return Problem.of(code, sentence).retryAfter(RETRY_AFTER);
  }

  /** No request that arrived until now opens a stream of that subject. */
  void refuse(LoggedOut event, Instant now) {
    loggedOutAt.put(event.subject(), now);
  }

  /** No request opens a stream any more. */
  void close() {
    closing = true;
  }

  /** Forgets logouts that no request can have met on its way. */
  void forget(Instant now) {
    loggedOutAt.values().removeIf(ended -> ended.plus(ON_ITS_WAY).isBefore(now));
  }

  /** The number of places that are held. */
  int taken() {
    return taken.get();
  }
}
