package org.fleetcast.problem;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Liveness: DOWN, with a sentence, once something has ended that only a restart begins again. */
@Liveness
@Singleton
class LoopLiveness implements HealthCheck {
  private final InternalFaults faults;

  @Inject
  LoopLiveness(InternalFaults faults) {
    this.faults = faults;
  }

  @Override
  public HealthCheckResponse call() {
    String ended = faults.whatEnded();
    return ended == null
        ? HealthCheckResponse.up("loops")
        : HealthCheckResponse.named("loops").down().withData("ended", ended).build();
  }
}
