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

/** Readiness {@code database}: DOWN when the database does not answer in time. */
@Readiness
@Singleton
public class DatabaseHealth implements HealthCheck {
  private static final Duration IN_TIME = Duration.ofSeconds(2);

  private final DataSource dataSource;
  private final ManagedExecutorService executor;

  @Inject
  DatabaseHealth(DataSource dataSource, ManagedExecutorService executor) {
    this.dataSource = dataSource;
    this.executor = executor;
  }

  @Override
  public HealthCheckResponse call() {
    // On a thread of its own: waiting for a connection takes longer than a probe waits for us.
    boolean up =
        executor
            .supplyAsync(this::answers)
            .completeOnTimeout(false, IN_TIME.toMillis(), TimeUnit.MILLISECONDS)
            .join();
    return HealthCheckResponse.named("database").status(up).build();
  }

  private boolean answers() {
    try (Connection connection = dataSource.getConnection()) {
      return connection.isValid((int) IN_TIME.toSeconds());
    } catch (SQLException unreachable) {
      return false;
    }
  }
}
