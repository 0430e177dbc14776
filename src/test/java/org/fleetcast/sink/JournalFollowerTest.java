package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.cluster.BatchLog;
import org.fleetcast.cluster.Cluster;
import org.fleetcast.cluster.Lease;
import org.fleetcast.cluster.SharedDatabase;
import org.fleetcast.live.EarlierLines;
import org.fleetcast.live.LiveMetrics;
import org.fleetcast.live.Sessions;
import org.fleetcast.live.StreamLimits;
import org.fleetcast.live.ViewerMemory;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalFollowerTest {
  private static final Duration SOON = Duration.ofMinutes(1);

  private final SharedDatabase database = SharedDatabase.empty();

  @TempDir Path folder;

  /** A process that follows, and leads when it can. */
  private final class Replica implements AutoCloseable {
    private final InternalFaults faults = new InternalFaults(where -> {}, SteadyClock.INSTANCE);
    private final LogMetrics metrics = new LogMetrics(Stub.of(MetricRegistry.class));
    private final Cluster cluster = database.replica();
    private final BatchLog log = new BatchLog(cluster);
    private final Lease lease = new Lease(cluster, faults);
    private final JournalKeeper keeper;
    private final JournalFollower follower;
    private final Thread leasing = new Thread(lease);
    private final Thread following;

    Replica() {
      keeper =
          new JournalKeeper(
              metrics,
              cluster,
              log,
              Optional.empty(),
              Optional.empty(),
              Optional.of(folder.toString()),
              Long.toString(1 << 30));
      Sessions sessions =
          new Sessions(
              new StreamLimits("named", "15", "60", "60", "10", "10", "10"),
              new LiveMetrics(Stub.of(MetricRegistry.class)),
              new ViewerMemory(),
              entity -> Set.of(),
              Stub.of(EarlierLines.class),
              faults);
      follower =
          new JournalFollower(
              keeper,
              log,
              lease,
              sessions,
              new LinePublisher(sessions, keeper, metrics, faults),
              (List<EntityLine> batch) -> {},
              faults);
      follower.load(new Startup());
      following = new Thread(follower);
    }

    void leading() {
      leasing.start();
      following.start();
      await().atMost(SOON).until(follower::isLeading);
    }

    @Override
    public void close() throws InterruptedException {
      follower.stop(new Shutdown());
      leasing.join();
      following.join();
      keeper.stop();
    }
  }

  @Test
  void a_lease_that_is_lost_and_had_again_while_batches_are_read_is_led_under() throws Exception {
    try (Connection holding = database.dataSource().getConnection();
        Replica replica = new Replica()) {
      lock(holding);
      replica.leasing.start();
      await().atMost(SOON).until(() -> replica.lease.epoch() > 0);
      long first = replica.lease.epoch();
      replica.following.start();
      await().atMost(SOON).until(this::isReadingHeldUp);
      database.sql("update sink_lease set epoch = epoch + 1, holder = null");
      await().atMost(SOON).until(() -> replica.lease.epoch() > first);
      holding.rollback();
      await().atMost(SOON).until(replica.follower::isLeading);
      assertThat(replica.follower.behind()).isZero();
    }
  }

  @Test
  void who_hands_over_leaves_the_lease_to_others_and_appends_nothing_more() throws Exception {
    try (Replica replica = new Replica()) {
      replica.leading();
      Journal journal = replica.keeper.journal();
      journal.begin(); // a batch is under way
      replica.follower.handOver();
      assertThat(replica.follower.isLeading()).isFalse();
      assertThat(database.sql("select count(*) from sink_lease where holder is null")).isOne();
      assertThatThrownBy(() -> journal.append(List.of(), List.of(), maps -> {}))
          .isInstanceOf(NotHolderException.class);
    }
  }

  private static void lock(Connection holding) throws SQLException {
    holding.setAutoCommit(false);
    try (Statement sql = holding.createStatement()) {
      sql.execute("lock table sink_batch in access exclusive mode");
    }
  }

  private boolean isReadingHeldUp() {
    return database.sql(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                + " and application_name like 'fleetcast-follow%'")
        == 1;
  }
}
