package org.fleetcast.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The refresh tokens of one login, each of which was given for the one before (RFC 9700, 4.14). A
 * browser that shows an older one means the login: it was asleep while its stream was renewed, or
 * an answer did not reach it.
 *
 * <p>{@link Renewals} owns it; whatever changes is guarded by its lock.
 */
final class TokenFamily {
  /** So many of the tokens that a browser was given are known; the one shown longest ago goes. */
  static final int MOST_NAMES = 8;

  /** A token that is over sooner is no use to anybody. */
  private static final Duration LEAST_LIFE = Duration.ofSeconds(1);

  private final Set<String> names = new LinkedHashSet<>();
  private String newest;
  private Instant sharedUntil = Instant.MIN;
  private Instant goodUntil = Instant.MIN;
  private Instant untoldUntil = Instant.MIN;
  private int streams;

  /** Those who use it right now: streams, and requests that renew it. */
  int users;

  /** How many wait for the answer to {@link #asking}. */
  int waiting;

  /** The question to the issuer that is on its way. */
  volatile @Nullable CompletableFuture<Optional<TokenPair>> asking;

  /** Until when it is kept without users. */
  Instant keptUntil = Instant.MIN;

  private volatile @Nullable TokenPair latest;
  private volatile boolean ended;

  TokenFamily(String first) {
    this.newest = first;
    names.add(first);
  }

  /** What the issuer gave last; null before the first renewal. */
  @Nullable TokenPair latest() {
    return latest;
  }

  /** Whether it signed out or was refused: nothing is to be had for it any more. */
  boolean isOver() {
    return ended;
  }

  /** The token that the issuer takes. */
  String newest() {
    return newest;
  }

  Set<String> names() {
    return names;
  }

  /** Nothing is had by it any more, which is remembered until then. */
  void end(Instant until) {
    ended = true;
    keptUntil = until;
  }

  void streamBegins() {
    users++;
    streams++;
  }

  /** What was renewed for a stream is kept for a browser that comes back for another. */
  void streamEnds(Instant now, Duration kept) {
    users--;
    streams--;
    if (streams == 0 && latest != null && !ended) {
      keptUntil = now.plus(kept);
      untoldUntil = keptUntil;
    }
  }

  void renewed(TokenPair tokens, Instant now, Duration shared) {
    latest = tokens;
    newest = tokens.refresh().isEmpty() ? newest : tokens.refresh();
    goodUntil = now.plus(tokens.accessLife());
    sharedUntil = now.plus(shared);
    if (keptUntil.isBefore(sharedUntil)) {
      keptUntil = sharedUntil;
    }
  }

  /**
   * Whether it is renewed for whoever shows that token. An older one counts only where a stream was
   * renewed, of which its browser could not be told: otherwise it is used up.
   */
  boolean renewsFor(String shown, Instant now) {
    return shown.equals(newest) || streams > 0 || now.isBefore(untoldUntil);
  }

  /** What whoever shows that token can have without asking the issuer. */
  Optional<TokenPair> shared(String shown, Instant now) {
    boolean shares = streams > 0 || !shown.equals(newest) || now.isBefore(sharedUntil);
    boolean good = now.plus(LEAST_LIFE).isBefore(goodUntil);
    return shares && good ? Optional.ofNullable(latest) : Optional.empty();
  }

  /** A browser is given the newest token, or shows one; says which one has to be forgotten. */
  @Nullable String isKnownBy(String token) {
    names.remove(token);
    names.add(token);
    if (names.size() <= MOST_NAMES) {
      return null;
    }
    Iterator<String> eldest = names.iterator();
    String forgotten = eldest.next();
    eldest.remove();
    return forgotten;
  }

  @Override
  public String toString() {
    return "TokenFamily[names=" + names.size() + "]"; // a token is never printed
  }
}
