package org.fleetcast.devices;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.Priority;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.problem.DatabaseFailure;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;

/**
 * Tries every second whether the database takes a write, so that requests need not wait to find out
 * that it does not. On a connection of its own: that all others are in use is no outage.
 */
@Singleton
class DatabaseWatch {
  /** A database, or a transaction, that is read-only refuses it although it changes no row. */
  private static final String WRITE = "update rotation_nudge set id = id where id < 0";

  /** One look each second, with some time for its answer. */
  private static final Duration IN_TIME = Duration.ofSeconds(5);

  // Not by constructor: the container injects a data source into a field or a setter only.
  @Resource(lookup = "jdbc/fleetcast-watch")
  private DataSource dataSource;

  private final ManagedScheduledExecutorService scheduler;
  private final DatabaseOutage outage;
  private final InternalFaults faults;
  private final Clock clock;
  private volatile Instant answered = Instant.MIN;

  @Inject
  @SuppressWarnings("NullAway.Init")
  DatabaseWatch(
      ManagedScheduledExecutorService scheduler, DatabaseOutage outage, InternalFaults faults) {
    this.scheduler = scheduler;
    this.outage = outage;
    this.faults = faults;
    this.clock = SteadyClock.INSTANCE;
  }

  DatabaseWatch(
      DataSource dataSource,
      ManagedScheduledExecutorService scheduler,
      DatabaseOutage outage,
      InternalFaults faults,
      Clock clock) {
    this.dataSource = dataSource;
    this.scheduler = scheduler;
    this.outage = outage;
    this.faults = faults;
    this.clock = clock;
  }

  void atStart(@Observes @Priority(2000) Startup startup, MetricRegistry metrics) {
    metrics.gauge(
        metric("fleetcast_database_up", "1 while the database answers, else 0"),
        () -> isUp() ? 1 : 0);
    metrics.gauge(
        metric("fleetcast_database_read_only", "1 while the database takes no writes, else 0"),
        () -> outage.isReadOnly() ? 1 : 0);
    guardedLook();
    scheduler.scheduleWithFixedDelay(this::guardedLook, 1, 1, TimeUnit.SECONDS);
  }

  /** Whether it answered a moment ago, and nobody found it away since. */
  boolean isUp() {
    return answers() && !outage.isAway();
  }

  private void guardedLook() {
    faults.guard("database watch", this::look);
  }

  /** Whether the database answered a moment ago. */
  boolean answers() {
    return clock.instant().isBefore(answered.plus(IN_TIME));
  }

  private void look() {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      int none = statement.executeUpdate(WRITE);
      if (none == 0) {
        outage.over();
        answered = clock.instant();
      }
    } catch (SQLException failed) {
      DatabaseFailure.of(failed).ifPresent(kind -> noticed(kind, failed));
    }
  }

  private void noticed(DatabaseFailure kind, SQLException failed) {
    outage.noticed(kind, failed);
    if (kind == DatabaseFailure.READ_ONLY) {
      answered = clock.instant();
    }
  }
}
