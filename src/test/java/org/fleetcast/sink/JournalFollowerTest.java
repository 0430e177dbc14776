package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
import org.h2.mvstore.MVStoreException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalFollowerTest {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final Duration MUCH_LATER = Duration.ofSeconds(3);

  private final SharedDatabase database = SharedDatabase.empty();

  @TempDir Path folder;

  private int replicas;

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
      this(batch -> {});
    }

    /**
     * @param heard told of what it shows
     */
    Replica(LineListener heard) {
      keeper =
          new JournalKeeper(
              metrics,
              cluster,
              log,
              Optional.empty(),
              Optional.empty(),
              Optional.of(folder.resolve("r" + replicas++).toString()),
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
              heard,
              faults);
      follower.load(new Startup());
      following = new Thread(follower);
    }

    void leading() {
      leasing.start();
      following.start();
      await().atMost(SOON).until(follower::isLeading);
    }

    void append() {
      Journal journal = keeper.journal();
      JournalLine.Stamp stamp = journal.stamp(Instant.now());
      JournalLine line =
          new JournalLine(
              stamp.at(),
              stamp.id(),
              JournalLine.Kind.LINE,
              "e",
              "{}".getBytes(StandardCharsets.UTF_8));
      journal.begin();
      try {
        journal.append(
            List.of(new Delivery.Taken(List.of(line), 0, List.of(), Instant.now())),
            List.of(line),
            List.of(),
            maps -> {});
      } catch (InterruptedException stopping) {
        throw new IllegalStateException(stopping);
      }
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

  @Test
  void who_finds_more_whenever_it_looks_is_not_behind() throws Exception {
    AtomicInteger shown = new AtomicInteger();
    AtomicBoolean enough = new AtomicBoolean();
    try (Replica leader = new Replica()) {
      leader.leading();
      LineListener another =
          batch -> {
            shown.incrementAndGet();
            if (!enough.get()) {
              leader.append(); // before the one who was told of this looks again
            }
          };
      try (Replica other = new Replica(another)) {
        other.following.start();
        leader.append();
        Instant begun = SteadyClock.now();
        await().until(() -> SteadyClock.now().isAfter(begun.plus(MUCH_LATER)));
        Duration behind = other.follower.behind();
        enough.set(true);
        assertThat(shown).hasValueGreaterThan(10);
        assertThat(behind).isLessThan(MUCH_LATER.dividedBy(2));
      }
    }
  }

  @Test
  void who_leads_finds_out_by_itself_what_became_of_a_batch_in_doubt() throws Exception {
    AtomicInteger shown = new AtomicInteger();
    try (Replica leader = new Replica(batch -> shown.incrementAndGet())) {
      leader.leading();
      leader.append();
      SharedJournal shared = leader.keeper.shared().orElseThrow();
      // As if the database had written it and its answer had been lost.
      database.sql(
          "insert into sink_batch (seq, epoch, taken_at, content)"
              + " select seq + 1, epoch, clock_timestamp(), content from sink_batch"
              + " order by seq desc limit 1");
      assertThatThrownBy(leader::append).isInstanceOf(MVStoreException.class);
      await().atMost(SOON).until(shared::isSettled);
      assertThat(shown).hasValue(2);
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
