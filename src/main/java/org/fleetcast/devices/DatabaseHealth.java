package org.fleetcast.devices;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.fleetcast.problem.DatabaseOutage;

/**
 * Readiness {@code database}: DOWN when the database does not answer in time. {@code read_only}:
 * whether it takes no writes right now; it stays UP then, since what reads goes on.
 */
@Readiness
@Singleton
public class DatabaseHealth implements HealthCheck {
  private static final Duration IN_TIME = Duration.ofSeconds(2);

  private final DataSource dataSource;
  private final ManagedExecutorService executor;
  private final DatabaseOutage outage;

  @Inject
  DatabaseHealth(DataSource dataSource, ManagedExecutorService executor, DatabaseOutage outage) {
    this.outage = outage;
    this.dataSource = dataSource;
    this.executor = executor;
  }

  @Override
  public HealthCheckResponse call() {
    // On a thread of its own: waiting for a connection takes longer than a probe waits for us.
    boolean up =
        !outage.isAway()
            && executor
                .supplyAsync(this::answers)
                .completeOnTimeout(false, IN_TIME.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    return HealthCheckResponse.named("database")
        .status(up)
        .withData("read_only", outage.isReadOnly())
        .build();
  }

  private boolean answers() {
    try (Connection connection = dataSource.getConnection()) {
      return connection.isValid((int) IN_TIME.toSeconds());
    } catch (SQLException unreachable) {
      return false;
    }
  }
}
