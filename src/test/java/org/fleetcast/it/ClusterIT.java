package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.Together;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two replicas on one database: whatever happens to one, viewers of both get each line once. */
class ClusterIT {
  static final Duration A_WHILE = Duration.ofMinutes(3);
  private static final Duration FROZEN = Duration.ofSeconds(8);
  private static final String SECRET = UUID.randomUUID().toString();
  static final int LINES_A_SECOND = 300;

  /** Time for a takeover, with what a busy machine adds to it. */
  private static final Duration QUICK = Duration.ofMillis(2_500);

  private static final Duration LEASE = Duration.ofMillis(7_500);

  /** Its holder hands the lease over; the rest is the new connection to the broker. */
  private static final Duration PLANNED = Duration.ofSeconds(1);

  private static final Duration RETRY = Duration.ofSeconds(3);

  /** As {@link Load} makes them. */
  private static final int LINES_A_BATCH = 10;

  /** Three milliseconds and fifteen, with what a busy machine adds. */
  private static final long MEDIAN_MICROS = 15_000;

  private static final long P99_MICROS = 150_000;

  /** The longest pauses of the live lines at the replica that was left alone, by what happened. */
  private record Pauses(Duration killed, Duration frozen, Duration stopped) {}

  @Test
  void a_replica_that_is_killed_is_followed_exactly() {
    assertThat(pausesOfFaults(false).killed()).isLessThan(A_WHILE);
  }

  @Tag("long")
  @Test
  void a_replica_that_is_killed_frozen_or_stopped_is_followed_soon() {
    Pauses pauses = pausesOfFaults(true);
    System.out.println("Longest pauses of live lines: " + pauses);
    assertThat(pauses.killed()).isLessThan(QUICK);
    assertThat(pauses.frozen()).isLessThan(LEASE);
    assertThat(pauses.stopped()).isLessThan(PLANNED);
  }

  private static Pauses pausesOfFaults(boolean frozenAndStopped) {
    Elasticsearch elasticsearch = SharedStack.get().elasticsearch();
    try (Postgres postgres = Postgres.started();
        Mosquitto broker = Mosquitto.open();
        Fleetcast one = replica(postgres, broker, elasticsearch);
        Fleetcast two = replica(postgres, broker, elasticsearch).with("BASEURL", base(one))) {
      Together.run(one::start, two::start);
      String entity = Operator.unique("cluster");
      int id = Operator.editor(one).device(entity);
      Followed followed = new Followed(id, one, two);
      try (Load load = new Load(broker.uri(), entity, LINES_A_SECOND)) {
        followed.awaitAll(2 * LINES_A_SECOND);
        Fleetcast ahead = holder(one, two);
        comesAgainWhereItLags(postgres, ahead, ahead == one ? two : one, id);

        // Whichever it is: a machine that stands still for longer than a lease gives it away.
        Fleetcast held = holder(one, two);
        Fleetcast left = held == one ? two : one;
        Duration killed = followed.over(load, left, held::kill);
        assertThat(holder(left)).isSameAs(left);
        Duration frozen = Duration.ZERO;
        Duration stopped = Duration.ZERO;
        if (frozenAndStopped) {
          held.start();
          held = holder(one, two);
          left = held == one ? two : one;
          frozen = followsWhatIsAskedElsewhere(followed, entity, load, left, held);

          held = holder(one, two);
          left = held == one ? two : one;
          stopped = followed.over(load, left, held::stop);
          assertThat(holder(left)).isSameAs(left);
        }

        int published = load.stop();
        followed.awaitAll(published - 1);
        followed.assertExact();
        assertThat(followed.forgotten()).isZero();
        assertStoredOnce(Operator.editor(left), id, published);
        return new Pauses(killed, frozen, stopped);
      } finally {
        followed.close();
      }
    }
  }

  /** By the end of a stream, since no browser comes again after a 503. */
  private static void comesAgainWhereItLags(
      Postgres postgres, Fleetcast ahead, Fleetcast behind, int id) {
    String last =
        Awaitility.await("a stream that ends at once")
            .atMost(A_WHILE)
            .until(() -> lastOfRefused(postgres, ahead, behind, id), seen -> !seen.isEmpty());
    Operator operator = Operator.editor(behind);
    Awaitility.await("the lines that it lacked")
        .atMost(A_WHILE)
        .ignoreExceptions()
        .until(() -> goesOn(operator, id, last));
  }

  /** What the viewer had; "" when his replica had it too, since it asks anew after ten seconds. */
  private static String lastOfRefused(
      Postgres postgres, Fleetcast ahead, Fleetcast behind, int id) {
    long follower = heldUp(postgres);
    Operator operator = Operator.editor(ahead);
    try (SseClient there = operator.follow(id, "")) {
      there.await(A_WHILE, "device-logs");
      String last = there.lastEventId().orElseThrow();
      Map<String, String> headers =
          Map.of("Authorization", "Bearer " + operator.token(), "Last-Event-ID", last);
      try (SseClient refused =
          SseClient.open(behind.uri().resolve("/api/devices/" + id + "/logs/stream"), headers)) {
        assertThat(refused.status()).isEqualTo(200);
        Awaitility.await("an end or a beginning")
            .atMost(A_WHILE)
            .until(() -> refused.isEnded() || !refused.events().isEmpty());
        if (!refused.events().isEmpty()) {
          return "";
        }
        assertThat(refused.retry().orElseThrow()).isBetween(RETRY, Duration.ofSeconds(10));
        return last;
      }
    } finally {
      signal("CONT", follower);
    }
  }

  private static boolean goesOn(Operator operator, int id, String last) {
    try (SseClient stream = operator.follow(id, "?last_event_id=" + last)) {
      stream.await(A_WHILE, "device-logs");
      return stream.events("gap").isEmpty();
    }
  }

  /** A browser that the server told to come again does so by itself, and misses nothing. */
  @Tag("long")
  @Test
  void a_browser_that_has_more_than_a_replica_that_lags_comes_back_by_itself() {
    Elasticsearch elasticsearch = SharedStack.get().elasticsearch();
    try (Postgres postgres = Postgres.started();
        Mosquitto broker = Mosquitto.open();
        Browser browser = Console.browser();
        Fleetcast one = replica(postgres, broker, elasticsearch);
        Fleetcast two = replica(postgres, broker, elasticsearch)) {
      Together.run(one::start, two::start);
      Fleetcast ahead = holder(one, two);
      Fleetcast behind = ahead == one ? two : one;
      String entity = Operator.unique("browser");
      int id = Operator.editor(ahead).device(entity);
      try (Load load = new Load(broker.uri(), entity, LINES_A_SECOND);
          SseClient there = Operator.editor(ahead).follow(id, "");
          Console window = Console.in(browser, behind.uri()).signIn()) {
        there.await(A_WHILE, "device-logs");
        long follower = heldUp(postgres);
        int seen = last(JoinIT.numbers(there));
        Awaitility.await("later lines")
            .atMost(A_WHILE)
            .until(() -> last(JoinIT.numbers(there)) > seen);
        String lastId = there.lastEventId().orElseThrow();
        int number = numberAt(there, lastId);
        window
            .page()
            .evaluate(
                "([path]) => { window.numbers = []; window.errors = 0;"
                    + " window.source = new EventSource(path);"
                    + " source.onerror = () => window.errors++;"
                    + " source.addEventListener('device-logs', event =>"
                    + "   numbers.push(...JSON.parse(event.data).logs.map(line => line.n))) }",
                List.of("/api/devices/" + id + "/logs/stream?last_event_id=" + lastId));
        Awaitility.await("that it is told to come again")
            .atMost(A_WHILE)
            .until(() -> ((Number) window.page().evaluate("errors")).intValue() > 0);
        assertThat(window.page().evaluate("source.readyState")).as("connecting").isEqualTo(0);
        signal("CONT", follower);
        int due = load.published() + LINES_A_SECOND;
        Awaitility.await("lines")
            .atMost(A_WHILE)
            .until(
                () -> ((Number) window.page().evaluate("numbers.at(-1) ?? -1")).intValue() > due);
        List<?> got = (List<?>) window.page().evaluate("numbers");
        assertThat(got).isEqualTo(JoinIT.range(number + 1, number + 1 + got.size()));
      }
    }
  }

  private static int numberAt(SseClient stream, String id) {
    return stream.events("device-logs").stream()
        .filter(event -> id.equals(event.id()))
        .map(event -> last(JoinIT.numbers(event)))
        .findFirst()
        .orElseThrow();
  }

  /** The database answers a follower nothing from now on; gives whom to let go on. */
  private static long heldUp(Postgres postgres) {
    long pid =
        Awaitility.await("one follower")
            .atMost(A_WHILE)
            .until(() -> follower(postgres), found -> found > 0);
    signal("STOP", pid);
    return pid;
  }

  private static long follower(Postgres postgres) {
    try (Connection open =
            DriverManager.getConnection(postgres.url(), postgres.user(), postgres.password());
        Statement sql = open.createStatement();
        ResultSet found =
            sql.executeQuery(
                "select min(pid) from pg_stat_activity"
                    + " where application_name like 'fleetcast-follow%' having count(*) = 1")) {
      return found.next() ? found.getLong(1) : 0;
    } catch (SQLException refused) {
      throw new IllegalStateException(refused);
    }
  }

  private static void signal(String name, long pid) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
      assertThat(kill.onExit().join().exitValue()).isZero();
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** By so much later than at the holder a line comes to a viewer of another replica. */
  @Tag("long")
  @Test
  void a_line_reaches_a_viewer_of_another_replica_milliseconds_after_one_of_the_holders() {
    Elasticsearch elasticsearch = SharedStack.get().elasticsearch();
    try (Postgres postgres = Postgres.started();
        Mosquitto broker = Mosquitto.open();
        Fleetcast one = replica(postgres, broker, elasticsearch);
        Fleetcast two = replica(postgres, broker, elasticsearch).with("BASEURL", base(one))) {
      Together.run(one::start, two::start);
      Fleetcast held = holder(one, two);
      for (int batches : List.of(30, 500)) {
        List<Long> later = later(held, held == one ? two : one, broker, batches);
        long median = later.get(later.size() / 2);
        long late = later.get(later.size() * 99 / 100);
        System.out.printf(
            "A line at another replica, at %d batches/s: %.1f ms later (median), %.1f ms (p99)%n",
            batches, median / 1_000.0, late / 1_000.0);
        assertThat(median).isLessThan(MEDIAN_MICROS);
        assertThat(late).isLessThan(P99_MICROS);
      }
    }
  }

  /** How much later each line of the last seconds came there, in microseconds, sorted. */
  private static List<Long> later(
      Fleetcast holder, Fleetcast other, Mosquitto broker, int batches) {
    String entity = Operator.unique("quick");
    int id = Operator.editor(holder).device(entity);
    int last = batches * LINES_A_BATCH * 15;
    try (SseClient here = Operator.editor(holder).follow(id, "");
        SseClient there = Operator.editor(other).follow(id, "");
        Load load = new Load(broker.uri(), entity, batches * LINES_A_BATCH)) {
      JoinIT.awaitLast(there, last);
      load.stop();
      JoinIT.awaitLast(here, last);
      Map<Integer, Instant> shown = arrivals(here);
      List<Long> later =
          arrivals(there).entrySet().stream()
              .filter(line -> line.getKey() > last / 3 && shown.containsKey(line.getKey()))
              .map(line -> ChronoUnit.MICROS.between(shown.get(line.getKey()), line.getValue()))
              .sorted()
              .toList();
      assertThat(later).hasSizeGreaterThan(last / 2);
      return later;
    }
  }

  private static Map<Integer, Instant> arrivals(SseClient stream) {
    Map<Integer, Instant> all = new HashMap<>();
    for (SseClient.Arrival arrival : stream.arrivals()) {
      if (arrival.event().name().equals("device-logs")) {
        JoinIT.numbers(arrival.event()).forEach(number -> all.put(number, arrival.at()));
      }
    }
    return all;
  }

  static Fleetcast replica(Postgres postgres, Mosquitto broker, Elasticsearch elasticsearch) {
    return Fleetcast.prepared()
        .with("CLUSTER", "database")
        .with("SECRET_KEY", SECRET)
        .with("DATABASE_URL", postgres.url())
        .with("DATABASE_USERNAME", postgres.user())
        .with("DATABASE_PASSWORD", postgres.password())
        .with("MQTT_URL", broker.url())
        .with("ELASTICSEARCH_URL", elasticsearch.uri().toString())
        .with("SSE_REPLAY_MAX_LINES", "100000");
  }

  private static String base(Fleetcast server) {
    return server.uri().toString();
  }

  /**
   * Stops a process where it is, for longer than its lease lasts, and does something meanwhile;
   * lets it go on when another one has the lease.
   */
  static void frozen(Fleetcast server, Fleetcast other, Runnable meanwhile) {
    Instant until = Instant.now().plus(FROZEN);
    server.suspend();
    meanwhile.run();
    Awaitility.await("the lease")
        .atMost(A_WHILE)
        .until(() -> Instant.now().isAfter(until) && holds(other));
    server.resume();
  }

  /**
   * A stream does what is asked of another replica: also what was asked while its own was frozen.
   *
   * @return the longest pause of the live lines at the replica that was not
   */
  private static Duration followsWhatIsAskedElsewhere(
      Followed followed, String entity, Load load, Fleetcast asked, Fleetcast streaming) {
    int id = followed.id;
    Operator operator = Operator.editor(asked);
    String requestId = Operator.unique("elsewhere");
    AtomicInteger due = new AtomicInteger();
    try (SseClient stream = Operator.editor(streaming).open(requestId)) {
      Runnable subscribing =
          () -> {
            Awaitility.await("a subscription")
                .atMost(A_WHILE)
                .until(() -> operator.subscribe(requestId, id).status() == 200);
            due.set(load.published() + Load.LINES_A_MESSAGE); // one may be on its way
          };
      Duration pause = followed.over(load, asked, () -> frozen(streaming, asked, subscribing));
      stream.await(A_WHILE, "device-logs");
      assertThat(operator.unsubscribe(requestId, id).status()).isEqualTo(200);
      List<Integer> numbers = JoinIT.numbers(stream);
      assertThat(numbers.get(0)).isLessThanOrEqualTo(due.get());
      assertThat(numbers).isEqualTo(JoinIT.range(numbers.get(0), last(numbers) + 1));
      int other = operator.device(Operator.unique("moving"));
      assertThat(operator.subscribe(requestId, other).status()).isEqualTo(200);
      int before = stream.events("device-logs").size();
      move(operator, other, entity);
      Awaitility.await("lines of the new entity")
          .atMost(A_WHILE)
          .until(() -> stream.events("device-logs").size() > before);
      assertThat(operator.unsubscribe(requestId, other).status()).isEqualTo(200);
      assertThat(stream.events("gap")).isEmpty();
      return pause;
    }
  }

  private static void move(Operator operator, int id, String entity) {
    String config = Json.createObjectBuilder().add("deviceEntityId", entity).build().toString();
    JsonObject change =
        Json.createObjectBuilder().add("config", config).add("active", true).build();
    assertThat(operator.api().put("/api/devices/" + id, change).status()).isEqualTo(200);
  }

  private static int last(List<Integer> numbers) {
    return numbers.get(numbers.size() - 1);
  }

  /** The only one of them that holds the sink. */
  static Fleetcast holder(Fleetcast... servers) {
    return Awaitility.await("one holder")
        .atMost(A_WHILE)
        .until(
            () -> List.of(servers).stream().filter(ClusterIT::holds).toList(),
            holders -> holders.size() == 1)
        .get(0);
  }

  static boolean holds(Fleetcast server) {
    return Api.at(server.uri()).metric("fleetcast_cluster_holder", "") == 1;
  }

  /** What Elasticsearch and the journal have of a device: as many lines as were published. */
  static void assertStoredOnce(Operator operator, int id, int published) {
    String all = operator.logs(id, "?format=text&start=2020-01-01T00:00:00Z").body();
    assertThat(all.lines().count()).isEqualTo(published);
  }

  /** Viewers of both replicas, who go to the other one when theirs is away. */
  static final class Followed implements AutoCloseable {
    private final List<ReturningViewer> viewers;
    private final int id;

    Followed(int id, Fleetcast one, Fleetcast two) {
      this.id = id;
      viewers =
          List.of(
              ReturningViewer.of(query -> either(one, two).follow(id, query)),
              ReturningViewer.of(query -> either(two, one).follow(id, query)),
              ReturningViewer.of(query -> either(one, two).followFleet(query)),
              ReturningViewer.of(query -> either(two, one).followFleet(query)),
              // Each of these subscribes where its stream is not.
              ReturningViewer.subscribed(
                  () -> either(one, two),
                  () -> either(two, one),
                  () -> Json.createObjectBuilder().add("device_id", id)),
              ReturningViewer.subscribed(
                  () -> either(two, one),
                  () -> either(one, two),
                  () -> Json.createObjectBuilder().add("fleet", true)));
    }

    private static Operator either(Fleetcast first, Fleetcast second) {
      try {
        return Operator.editor(first);
      } catch (RuntimeException away) {
        return Operator.editor(second);
      }
    }

    /**
     * Does something to a replica; for a viewer of the one that is left lines go on.
     *
     * @return the longest pause that he saw
     */
    Duration over(Load load, Fleetcast left, Runnable fault) {
      try (SseClient witness = Operator.editor(left).follow(id, "")) {
        witness.await(A_WHILE, "device-logs");
        fault.run();
        int due = load.published() + 2 * LINES_A_SECOND;
        awaitAll(due);
        JoinIT.awaitLast(witness, due);
        List<Integer> numbers = JoinIT.numbers(witness);
        assertThat(numbers).isEqualTo(JoinIT.range(numbers.get(0), last(numbers) + 1));
        return longestPause(witness);
      }
    }

    private static Duration longestPause(SseClient stream) {
      List<Instant> lines =
          stream.arrivals().stream()
              .filter(arrival -> arrival.event().name().equals("device-logs"))
              .map(SseClient.Arrival::at)
              .toList();
      return IntStream.range(1, lines.size())
          .mapToObj(i -> Duration.between(lines.get(i - 1), lines.get(i)))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }

    void awaitAll(int number) {
      Awaitility.await("line " + number)
          .atMost(A_WHILE)
          .pollInterval(Duration.ofMillis(100))
          .until(() -> viewers.stream().allMatch(viewer -> viewer.hasReached(number)));
    }

    /** Viewers of both get what is published from now on. */
    void awaitMore(Load load) {
      awaitAll(load.published() + 2 * LINES_A_SECOND);
    }

    void assertExact() {
      for (ReturningViewer viewer : viewers) {
        List<Integer> numbers = viewer.numbers();
        assertThat(viewer.gaps()).isEmpty();
        assertThat(numbers)
            .isEqualTo(JoinIT.range(numbers.get(0), numbers.get(0) + numbers.size()));
      }
    }

    /** How often a replica did not know a session any more, which its viewer subscribed anew. */
    int forgotten() {
      return viewers.stream().mapToInt(ReturningViewer::forgotten).sum();
    }

    @Override
    public void close() {
      viewers.forEach(ReturningViewer::close);
    }
  }
}
