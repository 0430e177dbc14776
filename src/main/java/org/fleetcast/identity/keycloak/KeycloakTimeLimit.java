package org.fleetcast.identity.keycloak;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import org.fleetcast.time.SteadyClock;

/**
 * When a call of Keycloak has to be over, with all its requests and all its tries. Two calls fit
 * into the five seconds for which a database row may be held locked.
 */
final class KeycloakTimeLimit {
  static final Duration CALL = Duration.ofMillis(2_300);
  private static final Duration REQUEST = Duration.ofMillis(1_500);
  private static final Duration LEAST = Duration.ofMillis(300);

  private final Duration request;
  private final Instant end;

  KeycloakTimeLimit() {
    this(CALL, REQUEST);
  }

  /** Another limit of a call, and of each of its requests. */
  KeycloakTimeLimit(Duration call, Duration request) {
    this.request = request;
    this.end = SteadyClock.now().plus(call);
  }

  /** How long the next request may take. */
  Duration request() {
    Duration left = left();
    if (left.compareTo(LEAST) < 0) {
      throw KeycloakFailure.unanswered(null);
    }
    return left.compareTo(request) < 0 ? left : request;
  }

  /** Waits before another try; false when there is no time for one, or nobody waits for it. */
  boolean pause() {
    Duration pause = Duration.ofMillis(ThreadLocalRandom.current().nextLong(50, 150));
    if (left().minus(pause).compareTo(LEAST) < 0) {
      return false;
    }
    try {
      Thread.sleep(pause.toMillis());
      return true;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Duration left() {
    return Duration.between(SteadyClock.now(), end);
  }
}
