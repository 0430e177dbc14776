package org.fleetcast.devices;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.fleetcast.problem.DatabaseOutage;

/**
 * Readiness {@code database}: DOWN when the database is away or has not answered for some seconds.
 * {@code read_only}: whether it takes no writes right now; it stays UP then, since what reads goes
 * on. It is what the watch found: however many ask, nobody waits and no connection is taken.
 */
@Readiness
@Singleton
class DatabaseHealth implements HealthCheck {
  private final DatabaseWatch watch;
  private final DatabaseOutage outage;

  @Inject
  DatabaseHealth(DatabaseWatch watch, DatabaseOutage outage) {
    this.watch = watch;
    this.outage = outage;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("database")
        .status(watch.isUp())
        .withData("read_only", outage.isReadOnly())
        .build();
  }
}
