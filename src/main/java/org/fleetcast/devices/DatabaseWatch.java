package org.fleetcast.devices;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.fleetcast.problem.DatabaseFailure;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.InternalFaults;

/**
 * Tries every second whether the database takes a write, so that requests need not wait to find out
 * that it does not.
 */
@Singleton
class DatabaseWatch {
  /** A database, or a transaction, that is read-only refuses it although it changes no row. */
  private static final String WRITE = "update rotation_nudge set id = id where id < 0";

  private final DataSource dataSource;
  private final ManagedScheduledExecutorService scheduler;
  private final DatabaseOutage outage;
  private final InternalFaults faults;

  @Inject
  DatabaseWatch(
      DataSource dataSource,
      ManagedScheduledExecutorService scheduler,
      DatabaseOutage outage,
      InternalFaults faults) {
    this.dataSource = dataSource;
    this.scheduler = scheduler;
    this.outage = outage;
    this.faults = faults;
  }

  void atStart(@Observes @Priority(2000) Startup startup) {
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard("database watch", this::look), 1, 1, TimeUnit.SECONDS);
  }

  private void look() {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      int none = statement.executeUpdate(WRITE);
      if (none == 0) {
        outage.over();
      }
    } catch (SQLException failed) {
      DatabaseFailure.of(failed).ifPresent(kind -> outage.noticed(kind, failed));
    }
  }
}
