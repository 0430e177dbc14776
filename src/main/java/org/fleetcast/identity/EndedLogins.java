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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;

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

  /** No token lives longer: the local issuer's end within a day, a provider's within minutes. */
  private static final Duration KEPT = Duration.ofDays(1);

  /** A commit may be seen so much later than its time says. */
  private static final Duration OVERLAP = Duration.ofMinutes(1);

  private record Ended(Instant issuedUntil, Instant expiresAt) {
    /** The one that ends more tokens; this one when both end the same. */
    Ended last(Ended other) {
      return issuedUntil.isBefore(other.issuedUntil) ? other : this;
    }
  }

  private final Map<String, Ended> ended = new ConcurrentHashMap<>();
  private final EndedLoginStore store;
  private final Consumer<LoggedOut> loggedOut;
  private final Clock clock;
  private Instant seen = Instant.EPOCH;

  @Inject
  EndedLogins(EndedLoginStore store, Event<LoggedOut> loggedOut, Issuers issuers) {
    this(store, loggedOut::fire, issuers.clock());
  }

  EndedLogins(EndedLoginStore store, Consumer<LoggedOut> loggedOut, Clock clock) {
    this.store = store;
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

  /** Ends a login: here at once, elsewhere within half a second. */
  void end(EndedLogin login) {
    Instant now = clock.instant();
    remember(login, now.plus(KEPT)); // also while the database is away
    store.add(login, now.plus(KEPT), now);
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
    } catch (Problem away) {
      LOG.log(Level.DEBUG, "The database cannot be asked for ended logins", away);
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
  private void remember(EndedLogin login, Instant expiresAt) {
    Ended heard = new Ended(login.issuedUntil(), expiresAt);
    boolean news = ended.merge(login.login(), heard, Ended::last) == heard;
    String subject = login.subject();
    if (news && subject != null) {
      loggedOut.accept(new LoggedOut(subject));
    }
  }
}
