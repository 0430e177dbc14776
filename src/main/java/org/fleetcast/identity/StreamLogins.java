package org.fleetcast.identity;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * The logins of open streams. Looks at them twice a second and renews those whose token is over
 * soon, together with whoever else renews them, a few at a time.
 */
@Singleton
class StreamLogins implements LoginLeases {
  private static final Logger LOG = System.getLogger(StreamLogins.class.getName());
  private static final String WHERE = "stream logins";
  private static final long LOOK_MILLIS = 500;

  /** Fewer than may wait for the provider: requests want to renew too. */
  private static final int AT_ONCE = 8;

  private final Set<StreamLogin> renewed = ConcurrentHashMap.newKeySet();
  private final Semaphore places = new Semaphore(AT_ONCE);
  private final Optional<? extends Issuer> issuer;
  private final Clock timeOfDay;
  private final Renewals renewals;
  private final EndedLogins ended;
  private final Executor executor;
  private final InternalFaults faults;
  private final Clock steady;

  @Inject
  StreamLogins(
      Issuers issuers,
      Renewals renewals,
      EndedLogins ended,
      ManagedScheduledExecutorService executor,
      InternalFaults faults) {
    this(
        issuers.trusted(),
        issuers.clock(),
        renewals,
        ended,
        executor,
        faults,
        SteadyClock.INSTANCE);
  }

  StreamLogins(
      Optional<? extends Issuer> issuer,
      Clock timeOfDay,
      Renewals renewals,
      EndedLogins ended,
      Executor executor,
      InternalFaults faults,
      Clock steady) {
    this.issuer = issuer;
    this.timeOfDay = timeOfDay;
    this.renewals = renewals;
    this.ended = ended;
    this.executor = executor;
    this.faults = faults;
    this.steady = steady;
  }

  void start(@Observes @Priority(2000) Startup event, ManagedScheduledExecutorService scheduler) {
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard(WHERE, this::look), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public LoginLease of(HttpServletRequest request) {
    LoginResult login = TokenMechanism.loginOf(request);
    Caller caller = login.caller();
    if (caller == null) {
      throw new IllegalStateException("A stream was opened by nobody");
    }
    return of(caller, login.refresh());
  }

  StreamLogin of(Caller caller, @Nullable ShownToken refresh) {
    if (refresh == null) {
      return new StreamLogin(this, caller, null, null);
    }
    StreamLogin login =
        new StreamLogin(this, caller, renewals.hold(refresh.value()), refresh.session());
    renewed.add(login);
    return login;
  }

  void closed(StreamLogin login, @Nullable TokenFamily family) {
    renewed.remove(login);
    if (family != null) {
      renewals.release(family);
    }
  }

  EndedLogins ended() {
    return ended;
  }

  Clock steady() {
    return steady;
  }

  Clock timeOfDay() {
    return timeOfDay;
  }

  /** How many streams are open by a login that is renewed. */
  int size() {
    return renewed.size();
  }

  void look() {
    issuer.ifPresent(
        known -> {
          Instant now = steady.instant();
          renewed.forEach(login -> faults.guard(WHERE, () -> adopt(login, known, now)));
          renewDue(known, now);
        });
  }

  private void renewDue(Issuer known, Instant now) {
    List<StreamLogin> due = new ArrayList<>(renewed);
    due.removeIf(login -> !login.isDue(now));
    due.sort(Comparator.comparing(StreamLogin::expiresAt));
    Set<@Nullable TokenFamily> begun = new HashSet<>();
    for (StreamLogin login : due) {
      if (begun.add(login.family()) && !begin(login, known)) {
        return; // the others in a moment
      }
    }
  }

  private boolean begin(StreamLogin login, Issuer known) {
    if (!places.tryAcquire()) {
      return false;
    }
    try {
      executor.execute(() -> faults.guard(WHERE, () -> renew(login, known)));
      return true;
    } catch (RejectedExecutionException stopping) {
      places.release();
      return false;
    }
  }

  private void renew(StreamLogin login, Issuer known) {
    try {
      TokenFamily family = login.family();
      if (family != null) {
        renewals.renewForStream(family, known);
      }
      adopt(login, known, steady.instant());
    } catch (Problem away) {
      login.failed(steady.instant());
      LOG.log(Level.DEBUG, "The login of a stream cannot be renewed right now", away);
    } finally {
      places.release();
    }
  }

  private static void adopt(StreamLogin login, Issuer known, Instant now) {
    try {
      login.adopt(known, now);
    } catch (Problem keysAway) {
      LOG.log(Level.DEBUG, "The renewed token of a stream cannot be verified right now", keysAway);
    }
  }
}
