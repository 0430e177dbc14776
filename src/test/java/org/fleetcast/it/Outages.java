package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.Progress;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.WallClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One load of a thousand lines a second, and one trouble after the other: nothing is lost, nothing
 * doubled, and who watches is not kept waiting. On parts of its own, since it breaks them. It takes
 * minutes, so it is no part of the suite: {@code mvn verify -Dit.test=Outages}.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
class Outages {
  private static final int KILLS = Integer.getInteger("fleetcast.trouble.kills", 1);
  private static final int SECONDS = Integer.getInteger("fleetcast.trouble.seconds", 2);
  private static final Duration RECOVERY = Duration.ofMinutes(2);

  /** The driver wants the name of the database, which our address of the proxy lacks. */
  private static String through(Proxy proxy, Postgres postgres) {
    URI real = URI.create(postgres.url().substring("jdbc:".length()));
    return "jdbc:postgresql://localhost:" + proxy.uri().getPort() + real.getPath();
  }

  @Test
  void kills_outages_a_read_only_cluster_and_a_set_clock_lose_and_double_nothing() {
    Fleetcast server = Fleetcast.prepared();
    try (Elasticsearch elasticsearch = Elasticsearch.started(Progress.silent());
        Mosquitto broker = Mosquitto.open();
        Postgres postgres = Postgres.started();
        Proxy database = Proxy.before(URI.create(postgres.url().substring("jdbc:".length())));
        server;
        WallClock clock = WallClock.of(server)) {
      server
          .with("MQTT_URL", broker.url())
          .with("ELASTICSEARCH_URL", elasticsearch.uri().toString())
          .with("DATABASE_URL", through(database, postgres))
          .with("DATABASE_USERNAME", postgres.user())
          .with("DATABASE_PASSWORD", postgres.password())
          .with("FLEETCAST_LOCAL_TOKEN_SECONDS", "14400")
          .start();
      String entity = Operator.unique("trouble");
      int device = Operator.editor(server).device(entity);
      Load load = new Load(broker.uri(), entity);
      for (int kill = 0; kill < KILLS; kill++) {
        goOn(load, SECONDS);
        server.kill();
        server.start();
      }
      try (Viewers filtered = new Viewers(Operator.editor(server), device);
          SseClient stream = Operator.editor(server).follow(device, "")) {
        goOn(load, SECONDS);
        Measured measured = new Measured(stream);
        filtered.poison(broker, load);
        measured.say("around a line that is hard to read");
        elasticsearch.kill();
        goOn(load, SECONDS);
        elasticsearch.start();
        measured.say("without Elasticsearch");
        readOnly(elasticsearch, true);
        goOn(load, SECONDS);
        readOnly(elasticsearch, false);
        measured.say("with a read-only cluster");
        database.cut();
        goOn(load, SECONDS);
        database.mend();
        measured.say("without the database");
        clock.set(Duration.ofHours(-1));
        goOn(load, SECONDS);
        measured.say("after the clock was set back an hour");
        goOn(load, 1);
        int total = load.stop();
        int first = ResilienceIT.numbers(stream).get(0);
        awaitAll(stream, first, total);
        filtered.assertComplete(total);
        ResilienceIT.assertStoredOnce(elasticsearch, entity, total);
        System.out.println("troubles: lines=" + total + " lost=0 doubled=0 kills=" + KILLS);
        assertThat(server.isUp("/health/live")).isTrue();
        assertThat(measured.late).isEmpty(); // told last: a busy machine has it too
      }
    }
  }

  private static void awaitAll(SseClient stream, int first, int total) {
    Awaitility.await("all lines live")
        .atMost(RECOVERY)
        .until(() -> numbers(stream).size() >= total - first);
    assertThat(numbers(stream)).isEqualTo(JoinIT.range(first, total));
  }

  private static List<Integer> numbers(SseClient stream) {
    return stream.events("device-logs").stream()
        .flatMap(event -> SinkIT.lines(event).stream())
        .filter(line -> line.containsKey("n"))
        .map(line -> line.getInt("n"))
        .toList();
  }

  /** Ten viewers with a filter, who also follow a device that sends what is hard to read. */
  private static final class Viewers implements AutoCloseable {
    private static final int MANY = 10;
    private static final String POISON = "1".repeat(996) + "e-1001";

    private final String poisoned = Operator.unique("poison");
    private final List<SseClient> streams = new ArrayList<>();

    Viewers(Operator operator, int device) {
      int other = operator.device(poisoned);
      for (int i = 0; i < MANY; i++) {
        String requestId = Operator.unique("filtered");
        streams.add(operator.open(requestId));
        for (int followed : new int[] {device, other}) {
          JsonObjectBuilder filter = Json.createObjectBuilder().add("contains", "X");
          JsonObjectBuilder wanted = Json.createObjectBuilder().add("filter", filter);
          assertThat(operator.subscribe(requestId, followed, wanted).status()).isEqualTo(200);
        }
      }
    }

    void poison(Mosquitto broker, Load load) {
      try (MqttPublisher device = MqttPublisher.connected(broker.uri())) {
        device.publish(
            Operator.TOPIC,
            "{\"entity_id\":\"%s\",\"message\":\"x\",\"v\":%s}".formatted(poisoned, POISON));
      }
      goOn(load, 1);
      assertThat(streams)
          .allSatisfy(stream -> stream.await(RECOVERY, event -> event.data().contains(POISON)));
      goOn(load, SECONDS);
    }

    void assertComplete(int total) {
      streams.forEach(stream -> awaitAll(stream, numbers(stream).get(0), total));
    }

    @Override
    public void close() {
      streams.forEach(SseClient::close);
    }
  }

  private static void goOn(Load load, int seconds) {
    int wanted = load.published() + 1_000 * seconds;
    Awaitility.await().atMost(RECOVERY).until(() -> load.published() >= wanted);
  }

  private static void readOnly(Elasticsearch elasticsearch, boolean on) {
    Api.Answer answer =
        Api.at(elasticsearch.uri())
            .send(
                "PUT",
                "/_cluster/settings",
                "application/json",
                "{\"persistent\":{\"cluster.blocks.read_only\":" + (on ? "true" : "null") + "}}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  /** How long lines take to their viewer, phase by phase. */
  private static final class Measured {
    /** As many lines of a phase may take longer as one in a hundred. */
    private static final int PERCENT = 99;

    private static final Duration AT_MOST = Duration.ofSeconds(2);

    private final SseClient stream;
    private final List<String> late = new ArrayList<>();
    private int from;

    Measured(SseClient stream) {
      this.stream = stream;
      this.from = stream.arrivals().size();
    }

    void say(String phase) {
      List<SseClient.Arrival> all = stream.arrivals();
      List<Duration> delays = new ArrayList<>();
      for (SseClient.Arrival arrival : all.subList(from, all.size())) {
        if (arrival.event().name().equals("device-logs")) {
          Instant sent = Instant.parse(SinkIT.lines(arrival.event()).get(0).getString("sent"));
          delays.add(Duration.between(sent, arrival.at()));
        }
      }
      from = all.size();
      List<Duration> sorted = delays.stream().sorted().toList();
      Duration p99 = sorted.get(sorted.size() * PERCENT / 100);
      System.out.println(
          "troubles: %s events=%d p99_ms=%d".formatted(phase, sorted.size(), p99.toMillis()));
      if (p99.compareTo(AT_MOST) > 0) {
        late.add(phase + " " + p99);
      }
    }
  }
}
