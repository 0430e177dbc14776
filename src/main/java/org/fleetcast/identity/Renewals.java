package org.fleetcast.identity;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;

/**
 * Renews a login once for all who ask at the same moment: the tabs and streams of one browser come
 * with the same refresh token, which a provider may take only once. The result serves the others
 * for ten seconds, and for as long as a stream is renewed that was opened with that token: a
 * browser hears of what was renewed for its stream with its next request.
 */
@Singleton
class Renewals {
  private static final Duration SHARED = Duration.ofSeconds(10);

  /** For a browser that was away when its stream or session ended, and comes back. */
  static final Duration KEPT = Duration.ofMinutes(10);

  /** As many logins that nobody uses right now are remembered; the eldest goes. */
  static final int MOST = 2_000;

  /** Who waits holds a thread: so many of one login, and of all. */
  static final int MOST_WAITING = 32;

  static final int MOST_WAITING_IN_ALL = 128;

  /** Longer than an issuer takes that answers at all. */
  private static final Duration WAIT = Duration.ofSeconds(6);

  private final Map<String, TokenFamily> families = new ConcurrentHashMap<>();
  private final Clock clock;

  /** Those without users, of which the first was left first. */
  @GuardedBy("this")
  private final Set<TokenFamily> idle = new LinkedHashSet<>();

  @GuardedBy("this")
  private int waiting;

  @Inject
  Renewals() {
    this(SteadyClock.INSTANCE);
  }

  Renewals(Clock clock) {
    this.clock = clock;
  }

  /**
   * Fresh tokens, from this issuer or from whoever asked it a moment ago; empty when refused.
   *
   * @throws Problem 503 when the issuer does not answer right now, or too many wait for it
   */
  Optional<TokenPair> renew(String refreshToken, Issuer issuer) {
    TokenFamily family;
    CompletableFuture<Optional<TokenPair>> asking;
    CompletableFuture<Optional<TokenPair>> mine = null;
    synchronized (this) {
      family = familyOf(refreshToken);
      if (family.isOver()) {
        return Optional.empty();
      }
      Optional<TokenPair> shared = family.shared(refreshToken, clock.instant());
      if (shared.isPresent()) {
        rename(family, family.newest());
        settle(family);
        return shared;
      }
      if (!family.renewsFor(refreshToken, clock.instant())) {
        family = alone(family, refreshToken);
      }
      asking = family.asking;
      if (asking == null) {
        mine = new CompletableFuture<>();
        asking = mine;
        begins(family, mine);
      } else {
        waits(family);
      }
    }
    return mine == null ? await(family, asking) : ask(family, mine, issuer, true);
  }

  /**
   * Renews what a stream is open by, unless somebody does already. Its browser is not told yet.
   *
   * @return whether it was renewed
   * @throws Problem 503 when the issuer does not answer right now
   */
  boolean renewForStream(TokenFamily family, Issuer issuer) {
    CompletableFuture<Optional<TokenPair>> mine = new CompletableFuture<>();
    synchronized (this) {
      if (family.asking != null || family.isOver()) {
        return false;
      }
      begins(family, mine);
    }
    return ask(family, mine, issuer, false).isPresent();
  }

  /** What was renewed for a stream since the browser got the token that it shows. */
  Optional<TokenPair> newerThan(String refreshToken) {
    TokenFamily known = families.get(refreshToken);
    if (known == null || known.latest() == null) {
      return Optional.empty(); // without the lock, since each request of a browser asks
    }
    synchronized (this) {
      if (refreshToken.equals(known.newest()) || known.isOver()) {
        return Optional.empty();
      }
      Optional<TokenPair> newer = known.shared(refreshToken, clock.instant());
      if (newer.isPresent()) {
        rename(known, known.newest());
      }
      return newer;
    }
  }

  /** The login of a stream, to be {@link #release}d when the stream is over. */
  synchronized TokenFamily hold(String refreshToken) {
    TokenFamily family = familyOf(refreshToken);
    family.streamBegins();
    idle.remove(family);
    return family;
  }

  synchronized void release(TokenFamily family) {
    family.streamEnds(clock.instant(), KEPT);
    settle(family);
  }

  /**
   * Gives nothing for it any more, since its session ended: also not to a request that was on its
   * way then, and would sign its browser in again.
   *
   * @return the refresh token by which the issuer would still renew it
   */
  synchronized String forget(String refreshToken) {
    TokenFamily family = familyOf(refreshToken);
    family.end(clock.instant().plus(KEPT));
    settle(family);
    return family.newest();
  }

  /** How many refresh tokens are remembered. */
  int size() {
    return families.size();
  }

  @GuardedBy("this")
  private void begins(TokenFamily family, CompletableFuture<Optional<TokenPair>> asking) {
    family.asking = asking;
    family.users++;
    idle.remove(family);
  }

  private Optional<TokenPair> ask(
      TokenFamily family,
      CompletableFuture<Optional<TokenPair>> mine,
      Issuer issuer,
      boolean forBrowser) {
    try {
      Optional<TokenPair> given = issuer.renew(family.newest());
      Optional<TokenPair> tokens = answered(family, given, forBrowser);
      mine.complete(tokens);
      return tokens;
    } catch (RuntimeException | Error failure) {
      asked(family); // those who wait fail alike, the next one asks again
      mine.completeExceptionally(failure);
      throw failure;
    }
  }

  private synchronized Optional<TokenPair> answered(
      TokenFamily family, Optional<TokenPair> given, boolean forBrowser) {
    // A session that was ended meanwhile stays ended, whatever the issuer did not know yet.
    Optional<TokenPair> tokens = family.isOver() ? Optional.empty() : given;
    if (tokens.isPresent()) {
      family.renewed(tokens.get(), clock.instant(), shared(tokens.get()));
      if (forBrowser) {
        rename(family, family.newest());
      }
    } else if (!family.isOver()) {
      family.end(Instant.MIN); // the next one asks again
      remove(family);
    }
    asked(family);
    return tokens;
  }

  private synchronized void asked(TokenFamily family) {
    family.asking = null;
    family.users--;
    settle(family);
  }

  /** No longer than the access token itself is good. */
  private static Duration shared(TokenPair tokens) {
    return tokens.accessLife().compareTo(SHARED) < 0 ? tokens.accessLife() : SHARED;
  }

  @GuardedBy("this")
  private void waits(TokenFamily family) {
    if (family.waiting >= MOST_WAITING || waiting >= MOST_WAITING_IN_ALL) {
      throw OpenIdProvider.unavailable(new IOException("Too many already wait for a renewal"));
    }
    family.waiting++;
    waiting++;
  }

  private synchronized void waited(TokenFamily family) {
    family.waiting--;
    waiting--;
  }

  private Optional<TokenPair> await(
      TokenFamily family, CompletableFuture<Optional<TokenPair>> asking) {
    try {
      Optional<TokenPair> tokens = asking.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
      synchronized (this) {
        if (!family.isOver()) {
          rename(family, family.newest()); // it may have been asked for a stream
        }
      }
      return tokens;
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof Problem problem) {
        throw problem;
      }
      throw new IllegalStateException(failed.getCause());
    } catch (TimeoutException slow) {
      throw OpenIdProvider.unavailable(slow);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw OpenIdProvider.unavailable(stopped);
    } finally {
      waited(family);
    }
  }

  @GuardedBy("this")
  private TokenFamily familyOf(String refreshToken) {
    forgetOld();
    TokenFamily known = families.get(refreshToken);
    if (known == null) {
      known = new TokenFamily(refreshToken);
      families.put(refreshToken, known);
    } else {
      rename(known, refreshToken);
    }
    return known;
  }

  /** The issuer is to decide about an older token itself. */
  @GuardedBy("this")
  private TokenFamily alone(TokenFamily family, String older) {
    family.names().remove(older);
    settle(family);
    TokenFamily other = new TokenFamily(older);
    families.put(older, other);
    return other;
  }

  @GuardedBy("this")
  private void rename(TokenFamily family, String token) {
    String forgotten = family.isKnownBy(token);
    families.put(token, family);
    if (forgotten != null) {
      families.remove(forgotten, family);
    }
  }

  /** Keeps a login that nobody uses for its while, and not more than a limited number of them. */
  @GuardedBy("this")
  private void settle(TokenFamily family) {
    if (family.users > 0) {
      return;
    }
    idle.remove(family);
    if (!clock.instant().isBefore(family.keptUntil)) {
      remove(family);
      return;
    }
    idle.add(family);
    if (idle.size() > MOST) {
      TokenFamily eldest = idle.iterator().next();
      idle.remove(eldest);
      remove(eldest);
    }
  }

  @GuardedBy("this")
  private void forgetOld() {
    Instant now = clock.instant();
    Iterator<TokenFamily> each = idle.iterator();
    while (each.hasNext()) {
      TokenFamily family = each.next();
      if (!now.isBefore(family.keptUntil)) {
        each.remove();
        remove(family);
      }
    }
  }

  @GuardedBy("this")
  private void remove(TokenFamily family) {
    family.names().forEach(name -> families.remove(name, family));
  }
}
