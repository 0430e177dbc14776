package org.fleetcast.identity;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/**
 * The logins that ended before their tokens did: those tokens are refused until they end. Kept in
 * the database, where every replica looks twice a second, so that it refuses them too and ends the
 * streams that it has.
 */
@Singleton
class EndedLogins {
  private static final Logger LOG = System.getLogger(EndedLogins.class.getName());
  private static final String WHERE = "ended logins";
  private static final long LOOK_MILLIS = 500;

  /** At least: the local issuer's tokens end within a day, most providers' within minutes. */
  private static final Duration KEPT = Duration.ofDays(1);

  /** The largest difference of clocks that can be set. */
  private static final Duration SKEW = Duration.ofMinutes(10);

  /** Of more the one that is over first is forgotten. */
  static final int MOST = 50_000;

  /** A commit may be seen so much later than its time says. */
  private static final Duration OVERLAP = Duration.ofMinutes(1);

  private record Ended(Instant issuedUntil, Instant expiresAt) {
    /** What both together say. */
    Ended and(Ended other) {
      return new Ended(
          issuedUntil.isBefore(other.issuedUntil) ? other.issuedUntil : issuedUntil,
          expiresAt.isBefore(other.expiresAt) ? other.expiresAt : expiresAt);
    }
  }

  private final Map<String, Ended> ended = new ConcurrentHashMap<>();
  private final EndedLoginStore store;
  private final Consumer<LoggedOut> loggedOut;
  private final SignOutWork work;
  private final Clock clock;
  private final AtomicLong changes = new AtomicLong();
  private Instant seen = Instant.EPOCH;

  @Inject
  EndedLogins(
      EndedLoginStore store, Event<LoggedOut> loggedOut, SignOutWork work, Issuers issuers) {
    this(store, loggedOut::fire, work, issuers.clock());
  }

  EndedLogins(EndedLoginStore store, Consumer<LoggedOut> loggedOut, SignOutWork work, Clock clock) {
    this.store = store;
    this.work = work;
    this.loggedOut = loggedOut;
    this.clock = clock;
  }

  void start(
      @Observes @Priority(2000) Startup event,
      ManagedScheduledExecutorService scheduler,
      InternalFaults faults) {
    look();
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard(WHERE, this::look), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Ends a login of whose tokens nothing is known. */
  void end(EndedLogin login) {
    end(login, clock.instant());
  }

  /**
   * Ends a login: here at once, elsewhere within half a second, or when the database is back. Who
   * says it again, as a replayed logout token does, changes nothing.
   *
   * @param tokensEnd when the last of its tokens is over
   */
  void end(EndedLogin login, Instant tokensEnd) {
    Instant day = clock.instant().plus(KEPT);
    Instant last = tokensEnd.plus(SKEW);
    Instant expiresAt = last.isAfter(day) ? last : day;
    if (remember(login, expiresAt)) {
      work.toDatabase(() -> store.add(login, expiresAt, clock.instant()));
    }
  }

  /** Another number after each login that ended: until then, what was asked is still true. */
  long changes() {
    return changes.get();
  }

  /** Whether the login that a token is of has ended. */
  boolean includes(Caller caller) {
    if (ended.isEmpty()) {
      return false;
    }
    Instant issued = EndedLogin.issued(caller);
    return EndedLogin.loginsOf(caller)
        .map(ended::get)
        .anyMatch(found -> found != null && !issued.isAfter(found.issuedUntil()));
  }

  /** Hears of what ended elsewhere. */
  void look() {
    try {
      for (EndedLoginStore.Row row : store.since(from(), clock.instant())) {
        remember(row.login(), row.expiresAt());
        seen = row.endedAt();
      }
    } catch (Problem failed) {
      if (failed.code() != ProblemCode.SERVICE_UNAVAILABLE) {
        throw failed; // no outage that ends by itself: until somebody hears of it nothing is heard
      }
      LOG.log(Level.DEBUG, "The database cannot be asked for ended logins", failed);
    }
    Instant now = clock.instant();
    ended.values().removeIf(known -> known.expiresAt().isBefore(now));
  }

  private Instant from() {
    return seen.equals(Instant.EPOCH) ? seen : seen.minus(OVERLAP);
  }

  /**
   * The first time that it is heard of, its streams end. What ended stays ended, whatever is said
   * late.
   */
  private boolean remember(EndedLogin login, Instant expiresAt) {
    boolean news = note(login.login(), new Ended(login.issuedUntil(), expiresAt));
    String subject = login.subject();
    if (news && subject != null) {
      loggedOut.accept(new LoggedOut(subject)); // streams of a session without a person look here
    }
    return news;
  }

  private synchronized boolean note(String login, Ended heard) {
    Ended before = ended.get(login);
    ended.put(login, before == null ? heard : before.and(heard));
    if (ended.size() > MOST) {
      ended.entrySet().stream()
          .min(Comparator.comparing(entry -> entry.getValue().expiresAt()))
          .ifPresent(first -> ended.remove(first.getKey()));
    }
    changes.incrementAndGet();
    return before == null || before.issuedUntil().isBefore(heard.issuedUntil());
  }
}
