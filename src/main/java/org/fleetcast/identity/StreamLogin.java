package org.fleetcast.identity;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The login of one open stream: the token that it is open by, and the next one when there is. */
final class StreamLogin implements LoginLease {
  /** So long before its end a token is renewed, of a token that lives for seconds a little less. */
  private static final Duration BEFORE = Duration.ofSeconds(30);

  private static final Duration RETRY = Duration.ofSeconds(2);

  private final StreamLogins home;
  private final @Nullable TokenFamily family;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final @Nullable String session;

  private volatile Caller caller;
  private volatile Instant expiresAt;
  private volatile Instant renewAt;
  private volatile @Nullable TokenPair latest;
  private volatile long asked = -1;
  private volatile boolean ended;

  /**
   * The login of a stream that begins.
   *
   * @param family by which it is renewed; null where there is nothing to renew it by
   * @param session the name of its session, where the token does not say it
   */
  StreamLogin(
      StreamLogins home, Caller caller, @Nullable TokenFamily family, @Nullable String session) {
    this.home = home;
    this.caller = caller;
    this.family = family;
    this.session = session;
    this.latest = family == null ? null : family.latest();
    Instant now = home.steady().instant();
    this.expiresAt = end(caller, now);
    this.renewAt = renewal(expiresAt, now);
  }

  private Instant end(Caller of, Instant now) {
    Clock timeOfDay = home.timeOfDay();
    return now.plus(Duration.between(timeOfDay.instant(), of.expiresAt()));
  }

  private static Instant renewal(Instant end, Instant now) {
    Duration most = Duration.between(now, end).multipliedBy(3).dividedBy(4);
    return end.minus(most.compareTo(BEFORE) < 0 ? most : BEFORE);
  }

  @Override
  public Instant expiresAt() {
    return expiresAt;
  }

  @Override
  public boolean hasEnded() {
    long changes = home.ended().changes();
    if (changes != asked) {
      asked = changes;
      ended = ended || home.ended().includes(caller);
    }
    return ended;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      home.closed(this, family);
    }
  }

  @Nullable TokenFamily family() {
    return family;
  }

  /** Whether it is time to ask the issuer. */
  boolean isDue(Instant now) {
    return family != null
        && !family.isOver()
        && family.asking == null
        && !now.isBefore(renewAt)
        && now.isBefore(expiresAt);
  }

  /** The issuer did not answer. */
  void failed(Instant now) {
    renewAt = now.plus(RETRY);
  }

  /** Goes on by what its login was renewed to, if it is still somebody whom we let in. */
  void adopt(Issuer issuer, Instant now) {
    if (family == null) {
      return;
    }
    TokenPair next = family.latest();
    if (family.isOver()) {
      expiresAt = now.isBefore(expiresAt) ? now : expiresAt;
    } else if (next != null && next != latest) {
      Optional<Caller> same =
          issuer
              .verify(next.access())
              .map(fresh -> fresh.in(next.session() == null ? session : next.session()))
              .filter(fresh -> fresh.getName().equals(caller.getName()))
              .filter(fresh -> fresh.containerRoles().contains(Caller.USER));
      latest = next;
      same.ifPresent(fresh -> caller = fresh);
      expiresAt = same.map(fresh -> end(fresh, now)).orElse(now);
      renewAt = renewal(expiresAt, now);
      asked = -1;
    }
  }
}
