package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.ws.rs.sse.SseBroadcaster;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.cluster.Announcements;
import org.fleetcast.cluster.Calls;
import org.fleetcast.cluster.Cluster;
import org.fleetcast.cluster.SessionTable;
import org.fleetcast.cluster.SharedDatabase;
import org.fleetcast.problem.DatabaseFailure;
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
  private final DatabaseOutage outage = new DatabaseOutage();
  private final Sessions other = sessions(database.replica(), outage);

  /** With two streams for a subject and three subscriptions for a stream. */
  private Sessions sessions(Cluster replica) {
    return sessions(replica, new DatabaseOutage());
  }

  private Sessions sessions(Cluster replica, DatabaseOutage outage) {
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
                new SessionTable(replica, database.dataSource(), outage),
                announcements,
                new Calls(replica, announcements, faults)));
    assertThat(made.share()).isTrue();
    return made;
  }

  private static Sessions.Opened open(Sessions on, String requestId, @Nullable Subscription first) {
    return open("ann", on, requestId, first);
  }

  private static Sessions.Opened open(
      String subject, Sessions on, String requestId, @Nullable Subscription first) {
    return on.open(
        new Sessions.Opening(subject, requestId, null, first, SteadyClock.now()),
        () -> Stub.of(SseBroadcaster.class));
  }

  private static void assertRefused(Sessions on, String requestId) {
    assertThatThrownBy(() -> open(on, requestId, null))
        .hasMessage("Too many open streams for this user");
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

  @Test
  void streams_of_a_subject_count_at_every_replica_for_as_long_as_they_are_open() {
    bothAreThere();
    open(one, "r1", null);
    Sessions.Opened second = open(other, "r2", null);
    assertRefused(one, "r3");
    assertRefused(other, "r3");
    assertThat(open("ben", other, "r1", null).session().isCounted()).isTrue();
    other.neverBegan(second);
    bothAreThere();
    open(one, "r3", null);
    assertRefused(other, "r2");
    assertThat(open(other, "r1", null).session().isCounted()).isTrue(); // it moves
  }

  @Test
  void streams_of_a_replica_that_is_gone_count_no_more() {
    bothAreThere();
    open(one, "r1", null);
    open(one, "r2", null);
    assertRefused(other, "r3");
    database.sql("update replica set seen_at = seen_at - interval '5 seconds'");
    assertThat(open(other, "r3", null).session().isCounted()).isTrue();
  }

  @Test
  void a_stream_that_is_refused_counts_for_nobody() {
    bothAreThere();
    Sessions.Opened waiting = open(one, "r1", device(1));
    one.subscribe("ann", "r1", device(2), now());
    one.subscribe("ann", "r1", device(3), now());
    one.neverBegan(waiting);
    bothAreThere();
    assertThatThrownBy(() -> open(other, "r1", device(4))).isInstanceOf(Problem.class);
    assertThatThrownBy(() -> open(one, "r1", device(4))).isInstanceOf(Problem.class);
    bothAreThere();
    assertThat(database.sql("select count(*) from stream_session where streaming")).isZero();
  }

  @Test
  void a_stream_that_is_refused_while_the_database_goes_away_is_given_back_later() {
    bothAreThere();
    Sessions.Opened held = open(one, "r1", device(1));
    one.subscribe("ann", "r1", device(2), now());
    one.subscribe("ann", "r1", device(3), now());
    assertThatThrownBy(() -> other.open(opening("r1", device(4)), this::away))
        .hasMessageContaining("3 devices");
    assertThat(rowsOf(firstReplica)).isZero();
    outage.over();
    bothAreThere();
    assertThat(rowsOf(firstReplica)).isEqualTo(1);
    one.unsubscribe("ann", "r1", Selector.device(3), now());
    assertThat(held.session().isClosed()).isFalse();
  }

  @Test
  void a_stream_that_is_refused_again_goes_to_whom_it_could_not_be_given_back_before() {
    open(one, "r1", device(1));
    one.subscribe("ann", "r1", device(2), now());
    one.subscribe("ann", "r1", device(3), now());
    assertThatThrownBy(() -> other.open(opening("r1", device(4)), this::away))
        .hasMessageContaining("3 devices");
    outage.over();
    assertThatThrownBy(() -> open(other, "r1", device(4))).hasMessageContaining("3 devices");
    assertThat(rowsOf(firstReplica)).isEqualTo(1);
  }

  /** The database goes away while a stream is opened, which has been made ours there. */
  private SseBroadcaster away() {
    outage.noticed(DatabaseFailure.AWAY, new SQLException("gone"));
    return Stub.of(SseBroadcaster.class);
  }

  private static Sessions.Opening opening(String requestId, Subscription first) {
    return new Sessions.Opening("ann", requestId, null, first, now());
  }

  @Test
  void what_others_noted_for_a_replica_that_lags_is_waited_for_once_and_not_one_by_one() {
    Duration lag = Duration.ofSeconds(1);
    one.mayLag(lag, at -> false);
    Sessions.Opened held = open(one, "r1", null);
    EventId ahead = EventId.upTo(1_000_000);
    for (int id = 1; id <= 3; id++) {
      other.subscribe(
          "ann", "r1", Subscription.device(id, "e" + id, LineFilter.NONE, 0, ahead), now());
    }
    Instant begun = now();
    one.unsubscribe("ann", "r1", Selector.device(9), now());
    assertThat(followed(held)).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(Duration.between(begun, now())).isLessThan(lag.multipliedBy(2));
  }

  @Test
  void a_row_that_nobody_has_does_not_count_for_good() {
    open(one, "r1", null);
    String copied =
        "insert into stream_session (id, replica, content, changed_at, subject_name, streaming)"
            + " select '%s', replica, content, changed_at - interval '%s', subject_name, true"
            + " from stream_session where id = (select min(id) from stream_session)";
    database.sql(
        "update stream_session set streaming = false, changed_at = now() - interval '2 h'");
    database.sql(copied.formatted("x-over", "0 s"));
    database.sql(copied.formatted("x-opening", "-2 h"));
    bothAreThere();
    assertThat(streaming()).as("the one that is open, and one that may be soon").isEqualTo(2);
    assertThat(database.sql("select count(*) from stream_session where id = 'x-over'")).isZero();
  }

  private long streaming() {
    return database.sql("select count(*) from stream_session where streaming");
  }

  @Test
  void two_streams_that_are_opened_at_once_do_not_both_have_the_last_place() {
    bothAreThere();
    Sessions.Opened first = open(one, "r0", null);
    one.attach(first, LiveStage.unread(first.session())); // else it would make room for others
    for (int round = 1; round <= 30; round++) {
      String id = "r" + round;
      CompletableFuture<Optional<Sessions.Opened>> here =
          CompletableFuture.supplyAsync(() -> lastPlace(one, id + "here"));
      CompletableFuture<Optional<Sessions.Opened>> there =
          CompletableFuture.supplyAsync(() -> lastPlace(other, id + "there"));
      assertThat(here.join().isPresent() && there.join().isPresent()).isFalse();
      here.join().ifPresent(one::neverBegan);
      there.join().ifPresent(other::neverBegan);
      bothAreThere();
    }
    assertThat(lastPlace(other, "r0there")).isPresent();
  }

  private static Optional<Sessions.Opened> lastPlace(Sessions on, String requestId) {
    try {
      return Optional.of(open(on, requestId, null));
    } catch (Problem refused) {
      return Optional.empty();
    }
  }

  /** As they say about once a second, with what they have. */
  private void bothAreThere() {
    for (Sessions each : List.of(one, other)) {
      each.beat();
      each.tellOthers();
    }
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
