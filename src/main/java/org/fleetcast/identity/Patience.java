package org.fleetcast.identity;

import jakarta.inject.Singleton;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;
import org.eclipse.microprofile.faulttolerance.Timeout;

/**
 * How long a call of another service may take, all its tries together. It ends a pause between
 * tries and the wait for a free connection; what reads from a socket has its own timeout.
 *
 * <p>Not on a thread of its own: the server has one pool for all, and when the requests that wait
 * hold all of it, what they wait for never begins.
 */
@Singleton
class Patience {
  /** Two calls fit into the five seconds for which a database row may be held locked. */
  static final long MILLIS = 2_300;

  @Timeout(value = MILLIS, unit = ChronoUnit.MILLIS)
  <T> T call(Supplier<T> work) {
    return work.get();
  }
}
