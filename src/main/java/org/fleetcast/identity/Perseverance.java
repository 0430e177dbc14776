package org.fleetcast.identity;

import jakarta.inject.Singleton;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;
import org.eclipse.microprofile.faulttolerance.Retry;
import org.fleetcast.identity.KeycloakApi.Refused;
import org.fleetcast.problem.Problem;

/**
 * How often something is tried that may be done again: up to three times, unless it was refused for
 * good. The pause covers a connection that the other side had closed, and no restart.
 */
@Singleton
class Perseverance {
  @Retry(
      maxRetries = 2,
      delay = 100,
      jitter = 50,
      maxDuration = Patience.MILLIS,
      durationUnit = ChronoUnit.MILLIS,
      abortOn = {Problem.class, Refused.class, Deadline.Passed.class})
  <T> T call(Supplier<T> work) {
    return work.get();
  }
}
