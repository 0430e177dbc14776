package org.fleetcast.canary;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Tells of the canary's lines. Always up: viewers would gain nothing. */
@Readiness
@Singleton
class CanaryHealth implements HealthCheck {
  private final Canary canary;

  @Inject
  CanaryHealth(Canary canary) {
    this.canary = canary;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder health = HealthCheckResponse.named("canary").up();
    Integer live = canary.missingLive();
    if (live == null) {
      return health.withData("canary", "off").build();
    }
    health.withData("missing_live", live);
    Integer search = canary.missingInSearch();
    return search == null ? health.build() : health.withData("missing_in_search", search).build();
  }
}
