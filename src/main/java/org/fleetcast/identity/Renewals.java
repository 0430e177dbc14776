package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;

/**
 * Renews a login once for all who ask at the same moment: the tabs and streams of one browser come
 * with the same refresh token, which a provider may take only once. The result serves the others
 * for ten seconds.
 */
@Singleton
class Renewals {
  private static final Duration SHARED = Duration.ofSeconds(10);

  /** As many logins within ten seconds are renewed once for all; of more each for itself. */
  static final int MOST = 2_000;

  private final Map<String, Renewal> renewals = new ConcurrentHashMap<>();
  private final Clock clock;

  @Inject
  Renewals() {
    this(SteadyClock.INSTANCE);
  }

  Renewals(Clock clock) {
    this.clock = clock;
  }

  /** Fresh tokens, from this issuer or from whoever asked it a moment ago; empty when refused. */
  Optional<TokenPair> renew(String refreshToken, Issuer issuer) {
    Instant now = clock.instant();
    renewals.values().removeIf(renewal -> renewal.isOver(now));
    Renewal mine = new Renewal();
    Renewal first =
        renewals.size() < MOST
            ? renewals.putIfAbsent(refreshToken, mine)
            : renewals.get(refreshToken);
    return first == null ? run(mine, refreshToken, issuer) : first.await();
  }

  /** How many renewals are remembered. */
  int size() {
    return renewals.size();
  }

  /** Shares the result no longer, since its session ended. */
  void forget(String refreshToken) {
    renewals.remove(refreshToken);
  }

  private Optional<TokenPair> run(Renewal renewal, String refreshToken, Issuer issuer) {
    try {
      Optional<TokenPair> tokens = issuer.renew(refreshToken);
      if (tokens.isPresent()) {
        renewal.until = clock.instant().plus(shared(tokens.get()));
      } else {
        renewals.remove(refreshToken, renewal);
      }
      renewal.outcome.complete(tokens);
      return tokens;
    } catch (RuntimeException | Error failure) {
      renewals.remove(refreshToken, renewal); // those who wait fail alike, the next one asks again
      renewal.outcome.completeExceptionally(failure);
      throw failure;
    }
  }

  /** No longer than the access token itself is good. */
  private static Duration shared(TokenPair tokens) {
    return tokens.accessLife().compareTo(SHARED) < 0 ? tokens.accessLife() : SHARED;
  }

  /** One refresh token's renewal: running while it has no end. */
  private static final class Renewal {
    final CompletableFuture<Optional<TokenPair>> outcome = new CompletableFuture<>();
    volatile Instant until = Instant.MAX;

    boolean isOver(Instant now) {
      return !now.isBefore(until);
    }

    Optional<TokenPair> await() {
      try {
        return outcome.join();
      } catch (CompletionException failed) {
        throw failed.getCause() instanceof Problem problem ? problem : failed;
      }
    }
  }
}
