package org.fleetcast.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private final SharedDatabase database = SharedDatabase.empty();

  private final ManualClock clock = new ManualClock();
  private LeaseTable table;
  private Lease lease;
  private Lease other;

  @BeforeEach
  void begin() {
    table = new LeaseTable(database.replica());
    lease = lease(table, "one");
    other = lease(new LeaseTable(database.replica()), "other");
    lease.look();
    lasts();
    other.look();
  }

  /** The lease does not end while the test stands still, unless it is taken away. */
  private void lasts() {
    database.sql("update sink_lease set expires_at = clock_timestamp() + interval '1 hour'");
  }

  @AfterEach
  void end() {
    lease.stop();
    other.stop();
  }

  private Lease lease(LeaseTable of, String name) {
    return new Lease(of, name, new InternalFaults(where -> {}, clock), clock);
  }

  @Test
  void one_replica_has_it_and_keeps_it() {
    long epoch = lease.epoch();
    assertThat(epoch).isPositive();
    lease.look();
    lasts();
    other.look();
    assertThat(lease.epoch()).isEqualTo(epoch);
    assertThat(other.epoch()).isZero();
    assertThat(other.holder()).isEqualTo("one");
  }

  @Test
  void who_gives_it_back_is_followed_at_once_under_another_epoch() {
    long epoch = lease.epoch();
    lease.stop();
    other.look();
    assertThat(other.epoch()).isGreaterThan(epoch);
    assertThat(lease.epoch()).isZero();
  }

  @Test
  void a_holder_whose_connection_is_gone_is_followed_before_its_lease_ends() {
    database.sql("update sink_lease set expires_at = clock_timestamp() + interval '1 hour'");
    table.close(); // as the system does for a process that was killed
    Awaitility.await()
        .until(
            () -> {
              other.look();
              return other.epoch() > 0;
            });
  }

  @Test
  void a_holder_that_does_not_renew_it_is_followed_and_finds_out() {
    AtomicInteger told = new AtomicInteger();
    lease.watch(told::incrementAndGet);
    database.sql("update sink_lease set expires_at = clock_timestamp() - interval '1 second'");
    other.look();
    assertThat(other.epoch()).isPositive();
    lease.look();
    assertThat(lease.epoch()).isZero();
    assertThat(told).hasValue(1);
  }

  @Test
  void a_holder_that_was_frozen_knows_by_its_own_clock_that_it_is_over() {
    assertThat(lease.epoch()).isPositive();
    clock.passes(Lease.LENGTH);
    assertThat(lease.epoch()).isZero();
  }

  @Test
  void a_holder_that_was_frozen_alone_is_told_that_it_is_over_and_has_it_again() {
    AtomicInteger told = new AtomicInteger();
    lease.watch(told::incrementAndGet);
    long epoch = lease.epoch();
    clock.passes(Lease.LENGTH);
    database.sql("update sink_lease set expires_at = clock_timestamp() - interval '1 second'");
    lease.look();
    assertThat(lease.epoch()).isGreaterThan(epoch);
    assertThat(told).hasValue(2);
  }

  @Test
  void a_lock_that_is_held_for_long_costs_neither_the_lease_nor_connections() throws SQLException {
    long epoch = lease.epoch();
    database.sql("update sink_lease set expires_at = clock_timestamp() + interval '1 hour'");
    try (Connection holding = database.dataSource().getConnection();
        Statement sql = holding.createStatement()) {
      holding.setAutoCommit(false);
      sql.execute("select epoch from sink_lease for update");
      lease.look();
      assertThat(
              database.sql(
                  "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                      + " and application_name like 'fleetcast-lease%'"))
          .isZero();
      holding.rollback();
    }
    other.look();
    assertThat(other.epoch()).isZero();
    lease.look();
    assertThat(lease.epoch()).isEqualTo(epoch);
  }

  @Test
  void who_waits_is_told_when_it_is_given_back() throws SQLException {
    try (BatchReader reader = new BatchLog(database.replica()).reader()) {
      lease.stop();
      assertThat(reader.await(Duration.ofMinutes(1))).isEqualTo(BatchReader.Told.LEASE);
    }
  }

  @Test
  void another_database_or_value_is_refused_in_a_sentence() {
    assertThatThrownBy(() -> cluster("database", "jdbc:h2:mem:x"))
        .hasMessage(
            "CLUSTER=database needs a PostgreSQL that all replicas share, DATABASE_URL must be"
                + " jdbc:postgresql://host/database");
    assertThatThrownBy(() -> cluster("yes", "jdbc:postgresql://host/database"))
        .hasMessage("CLUSTER must be database, or not set");
    assertThat(
            new Cluster(Optional.empty(), Optional.empty(), Optional.empty(), "x", Optional.empty())
                .isOn())
        .isFalse();
  }

  private static Cluster cluster(String kind, String url) {
    return new Cluster(
        Optional.of(kind), Optional.empty(), Optional.of(url), "x", Optional.empty());
  }
}
