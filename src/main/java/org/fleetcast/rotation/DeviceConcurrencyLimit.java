package org.fleetcast.rotation;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/**
 * How much one device can ask at once: each of its requests may wait for the issuer of credentials,
 * or for its turn, and would keep the others' waiting.
 */
final class DeviceConcurrencyLimit {
  static final int MOST = 4;

  private final ConcurrentMap<String, Integer> underWay = new ConcurrentHashMap<>();

  /**
   * The result of the work.
   *
   * @throws Problem 429 while as many requests of this client are under way
   */
  <T> T call(String clientId, Supplier<T> work) {
    try {
      if (underWay.merge(clientId, 1, Integer::sum) > MOST) {
        throw Problem.of(
                ProblemCode.TOO_MANY_CONNECTIONS, "A device can have " + MOST + " requests at once")
            .retryAfter(Duration.ofSeconds(1));
      }
      return work.get();
    } finally {
      underWay.computeIfPresent(clientId, (id, requests) -> requests == 1 ? null : requests - 1);
    }
  }

  /** How many clients have requests under way. */
  int clients() {
    return underWay.size();
  }
}
