package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.Nginx;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.Together;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Replicas behind a proxy that keeps nobody at one of them, with many viewers, under everything
 * that may happen to them, in an order that a seed says. It is run by its name only: {@code mvn
 * verify -Dit.test=ClusterOutages}, about ten minutes of load and the starts of the replicas.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
class ClusterOutages {
  private static final int REPLICAS = Integer.getInteger("fleetcast.cluster.replicas", 2);
  private static final long SEED = Long.getLong("fleetcast.cluster.seed", System.nanoTime());

  /** How often each thing happens, in parts of the whole of it. */
  private static final double PART =
      Double.parseDouble(System.getProperty("fleetcast.cluster.part", "1"));

  private static final int VIEWERS = Integer.getInteger("fleetcast.cluster.viewers", 200);
  private static final int DEVICES = 10;
  private static final int LINES_A_SECOND = 500;
  private static final Duration FROZEN = Duration.ofSeconds(20);
  private static final Duration A_WHILE = Duration.ofMinutes(5);

  private final Random random = new Random(SEED);
  private final List<NumberedViewer> viewers = new ArrayList<>();
  private final List<NumberedViewer> witnesses = new ArrayList<>();
  private final List<Load> loads = new ArrayList<>();
  private final List<String> entities =
      IntStream.range(0, DEVICES).mapToObj(i -> Operator.unique("outage" + i)).toList();
  private final Map<Fault, List<Duration>> pauses = new EnumMap<>(Fault.class);

  private enum Fault {
    KILLED(10),
    FROZEN(3),
    ROLLED(3),
    DATABASE_RESTARTED(1),
    BROKER_RESTARTED(1);

    private final int times;

    Fault(int times) {
      this.times = (int) Math.ceil(times * PART);
    }

    Stream<Fault> all() {
      return Collections.nCopies(times, this).stream();
    }
  }

  @Test
  void viewers_get_each_line_once_whatever_happens_to_replicas_database_and_broker() {
    Elasticsearch elasticsearch = SharedStack.get().elasticsearch();
    try (Postgres postgres = Postgres.started();
        Mosquitto broker = Mosquitto.open()) {
      List<Fleetcast> replicas =
          Stream.generate(() -> ClusterIT.replica(postgres, broker, elasticsearch))
              .limit(REPLICAS)
              .toList();
      try (Nginx proxy = Nginx.before(replicas)) {
        String secret = UUID.randomUUID().toString();
        replicas.forEach(
            each -> each.with("SECRET_KEY", secret).with("BASEURL", proxy.uri().toString()));
        Together.run(replicas.stream().<Runnable>map(each -> each::start).toArray(Runnable[]::new));
        run(postgres, broker, replicas, proxy);
      } finally {
        Stream.of(viewers, witnesses).flatMap(List::stream).forEach(NumberedViewer::close);
        loads.forEach(Load::close);
        replicas.forEach(Fleetcast::close);
      }
    }
  }

  private void run(Postgres postgres, Mosquitto broker, List<Fleetcast> replicas, Nginx proxy) {
    Operator operator = Operator.editor(proxy.uri());
    List<Integer> ids = entities.stream().map(operator::device).toList();
    replicas.forEach(each -> witnesses.add(NumberedViewer.of(each.uri(), "/api/logs/stream")));
    watch(proxy, ids);
    begin(broker);
    Instant begun = Instant.now();
    awaitAll();
    List<Fault> plan = new ArrayList<>(Stream.of(Fault.values()).flatMap(Fault::all).toList());
    Collections.shuffle(plan, random);
    System.out.println("Faults of the seed " + SEED + ": " + plan);
    for (Fault fault : plan) {
      happens(fault, postgres, broker, replicas);
      awaitAll();
    }
    finish(replicas.get(0), ids, begun);
  }

  /** A tenth follows the fleet; of the others half subscribe by a request of their own. */
  private void watch(Nginx proxy, List<Integer> ids) {
    for (int i = 0; i < VIEWERS; i++) {
      int id = ids.get(i % DEVICES);
      if (i % 10 == 9) {
        viewers.add(
            i % 20 == 9
                ? NumberedViewer.of(proxy.uri(), "/api/logs/stream")
                : NumberedViewer.subscribed(proxy.uri(), "\"fleet\":true"));
      } else if (i / DEVICES % 2 == 0) {
        viewers.add(NumberedViewer.of(proxy.uri(), "/api/devices/" + id + "/logs/stream"));
      } else {
        viewers.add(NumberedViewer.subscribed(proxy.uri(), "\"device_id\":" + id));
      }
    }
  }

  private void begin(Mosquitto broker) {
    for (String entity : entities) {
      loads.add(new Load(broker.uri(), entity, LINES_A_SECOND / DEVICES));
    }
  }

  private List<Integer> published() {
    return loads.stream().map(Load::published).toList();
  }

  private void happens(Fault fault, Postgres postgres, Mosquitto broker, List<Fleetcast> replicas) {
    Fleetcast holder = ClusterIT.holder(replicas.toArray(Fleetcast[]::new));
    Fleetcast other = replicas.stream().filter(each -> each != holder).findAny().orElseThrow();
    // Most of the time the one whose loss is noticed.
    Fleetcast hit = random.nextInt(4) > 0 ? holder : other;
    switch (fault) {
      case KILLED -> {
        told(fault, replicas, hit, hit::kill);
        hit.start();
      }
      case FROZEN -> told(fault, replicas, hit, () -> frozen(hit));
      case ROLLED -> {
        List<Fleetcast> inOrder = new ArrayList<>(replicas);
        inOrder.remove(holder);
        inOrder.add(holder); // last, as an operator is told to do
        for (Fleetcast each : inOrder) {
          told(fault, replicas, each, each::stop);
          each.start();
        }
      }
      case DATABASE_RESTARTED -> told(fault, replicas, null, postgres::restart);
      case BROKER_RESTARTED ->
          told(
              fault,
              replicas,
              null,
              () -> {
                loads.forEach(Load::pause); // a device repeats what it has no answer to
                broker.stop();
                broker.start();
                loads.forEach(Load::goOn);
              });
    }
  }

  private static void frozen(Fleetcast hit) {
    hit.suspend();
    Instant until = Instant.now().plus(FROZEN);
    Awaitility.await("a long pause").atMost(A_WHILE).until(() -> Instant.now().isAfter(until));
    hit.resume();
  }

  /** Has it happen, and keeps the longest pause at replicas that it did not happen to. */
  private void told(
      Fault fault, List<Fleetcast> replicas, @Nullable Fleetcast hit, Runnable happening) {
    Instant from = Instant.now();
    happening.run();
    List<NumberedViewer> left =
        IntStream.range(0, replicas.size())
            .filter(i -> replicas.get(i) != hit)
            .mapToObj(witnesses::get)
            .toList();
    awaitReached(left, ahead());
    Duration longest =
        left.stream()
            .map(each -> each.longestPause(from, Instant.now()))
            .max(Duration::compareTo)
            .orElseThrow();
    System.out.printf("%s: nothing for %d ms%n", fault, longest.toMillis());
    pauses.computeIfAbsent(fault, none -> new ArrayList<>()).add(longest);
  }

  /** What is published within two seconds from now. */
  private List<Integer> ahead() {
    return published().stream().map(n -> n + 2 * LINES_A_SECOND / DEVICES).toList();
  }

  private void awaitAll() {
    List<Integer> due = ahead();
    awaitReached(witnesses, due);
    awaitReached(viewers, due);
  }

  private void awaitReached(List<NumberedViewer> all, List<Integer> due) {
    Awaitility.await("lines " + due)
        .atMost(A_WHILE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> all.stream().allMatch(viewer -> hasReached(viewer, due)));
  }

  /** Of what he watches: he knows no other entity. */
  private boolean hasReached(NumberedViewer viewer, List<Integer> due) {
    boolean any = false;
    for (int i = 0; i < DEVICES; i++) {
      int last = viewer.last(entities.get(i));
      any |= last >= 0;
      if (last >= 0 && last < due.get(i)) {
        return false;
      }
    }
    return any;
  }

  private void finish(Fleetcast server, List<Integer> ids, Instant begun) {
    List<Integer> published = loads.stream().map(Load::stop).toList();
    awaitReached(viewers, published.stream().map(n -> n - 1).toList());
    Duration lasted = Duration.between(begun, Instant.now());
    int all = published.stream().mapToInt(Integer::intValue).sum();
    System.out.printf(
        "%d replicas, %d viewers, %d lines in %d s: lost %d, doubled %d, gaps %d, sessions"
            + " forgotten %d%n",
        REPLICAS,
        viewers.size(),
        all,
        lasted.toSeconds(),
        viewers.stream().mapToInt(NumberedViewer::lost).sum(),
        viewers.stream().mapToInt(NumberedViewer::doubled).sum(),
        viewers.stream().mapToInt(NumberedViewer::gaps).sum(),
        viewers.stream().mapToInt(NumberedViewer::forgotten).sum());
    pauses.forEach(
        (fault, each) ->
            System.out.printf(
                "%s: longest pause %d ms, of %s%n",
                fault,
                each.stream().max(Duration::compareTo).orElseThrow().toMillis(),
                each.stream().map(Duration::toMillis).toList()));
    assertThat(viewers).as("lost").allMatch(viewer -> viewer.lost() == 0);
    assertThat(viewers).as("doubled").allMatch(viewer -> viewer.doubled() == 0);
    assertThat(viewers).as("told of as lost").allMatch(viewer -> viewer.gaps() == 0);
    for (int i = 0; i < DEVICES; i++) {
      ClusterIT.assertStoredOnce(Operator.editor(server), ids.get(i), published.get(i));
    }
  }
}
