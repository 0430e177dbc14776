package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.ws.rs.sse.SseBroadcaster;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.cluster.Announcements;
import org.fleetcast.cluster.Calls;
import org.fleetcast.cluster.Cluster;
import org.fleetcast.cluster.SessionTable;
import org.fleetcast.cluster.SharedDatabase;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Replicas that hear nothing of each other, and seem to be away: only the database is left. */
class SharedSessionsTest {
  private final SharedDatabase database = SharedDatabase.empty();
  private final Cluster firstReplica = database.replica();
  private final Sessions one = sessions(firstReplica);
  private final Sessions other = sessions(database.replica());

  /** With two streams for a subject and three subscriptions for a stream. */
  private Sessions sessions(Cluster replica) {
    InternalFaults faults = new InternalFaults(where -> {}, SteadyClock.INSTANCE);
    Announcements announcements = new Announcements(replica, faults);
    Sessions made =
        new Sessions(
            new StreamLimits("named", "15", "60", "60", "10", "2", "3"),
            new LiveMetrics(Stub.of(MetricRegistry.class)),
            new ViewerMemory(),
            entity -> Set.of(),
            Stub.of(EarlierLines.class),
            faults,
            new SharedSessions(
                replica,
                new SessionTable(replica, database.dataSource(), new DatabaseOutage()),
                announcements,
                new Calls(replica, announcements, faults)));
    assertThat(made.share()).isTrue();
    return made;
  }

  private static Sessions.Opened open(Sessions on, String requestId, @Nullable Subscription first) {
    return on.open(
        new Sessions.Opening("ann", requestId, null, first, SteadyClock.now()),
        () -> Stub.of(SseBroadcaster.class));
  }

  private static Subscription device(int id) {
    return Subscription.device(id, "e" + id, LineFilter.NONE, 0, null);
  }

  private static Instant now() {
    return SteadyClock.now();
  }

  private static Set<Integer> followed(Sessions.Opened opened) {
    return opened.session().subscriptions().keySet();
  }

  @Test
  void what_another_replica_noted_for_one_that_was_held_up_reaches_its_stream() {
    Sessions.Opened held = open(one, "r1", device(1));
    other.subscribe("ann", "r1", device(2), now());
    assertThat(other.unsubscribe("ann", "r1", Selector.device(1), now())).isTrue();
    one.subscribe("ann", "r1", device(3), now());
    assertThat(followed(held)).containsExactlyInAnyOrder(2, 3);
    Sessions.Opened taken = open(other, "r1", null);
    assertThat(followed(taken)).containsExactlyInAnyOrder(2, 3);
    assertThat(new String(taken.start().ready(), StandardCharsets.UTF_8))
        .contains("\"resumed\":true");
  }

  @Test
  void what_reaches_a_replica_that_does_not_know_yet_that_its_stream_has_gone_is_not_lost() {
    open(one, "r1", device(1));
    Sessions.Opened taken = open(other, "r1", null);
    one.subscribe("ann", "r1", device(2), now());
    assertThat(one.all()).isEmpty();
    other.subscribe("ann", "r1", device(3), now());
    assertThat(followed(taken)).containsExactlyInAnyOrder(1, 2, 3);
  }

  @Test
  void a_stream_that_is_refused_takes_nothing_from_another_replica_and_leaves_nothing() {
    Sessions.Opened held = open(one, "r1", device(1));
    one.subscribe("ann", "r1", device(2), now());
    one.subscribe("ann", "r1", device(3), now());
    assertThatThrownBy(() -> open(other, "r1", device(4))).isInstanceOf(Problem.class);
    assertThat(rowsOf(firstReplica)).isEqualTo(1);
    open(other, "r2", null);
    Sessions.Opened last = open(other, "r3", null);
    assertThatThrownBy(() -> open(other, "r1", null)).isInstanceOf(Problem.class);
    assertThatThrownBy(() -> open(other, "r4", null)).isInstanceOf(Problem.class);
    assertThat(database.sql("select count(*) from stream_session")).isEqualTo(3);
    assertThat(rowsOf(firstReplica)).isEqualTo(1);
    one.unsubscribe("ann", "r1", Selector.device(3), now());
    assertThat(held.session().isClosed()).isFalse();
    other.neverBegan(last);
    assertThat(followed(open(other, "r1", null))).containsExactlyInAnyOrder(1, 2);
  }

  private long rowsOf(Cluster replica) {
    return database.sql(
        "select count(*) from stream_session where replica = '" + replica.replica() + "'");
  }

  @Test
  void who_takes_a_session_over_is_told_of_its_devices_and_has_what_is_written_meanwhile()
      throws Exception {
    List<Integer> told = new ArrayList<>();
    other.whenAdopted(told::add);
    open(one, "r1", null);
    try (Connection writing = database.dataSource().getConnection();
        PreparedStatement change =
            writing.prepareStatement("update stream_session set content = ?")) {
      writing.setAutoCommit(false);
      change.setString(1, SessionText.of(new SessionText.Kept("r1", List.of(device(7)))));
      change.execute();
      CompletableFuture<Sessions.Opened> taking =
          CompletableFuture.supplyAsync(() -> open(other, "r1", null));
      await()
          .until(
              () ->
                  database.sql(
                          "select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
                      == 1);
      writing.commit();
      assertThat(followed(taking.join())).containsExactly(7);
    }
    assertThat(told).containsExactly(7);
  }
}
