package org.fleetcast.bench;

import jakarta.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Ports;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.Progress;
import org.fleetcast.stack.Together;

/**
 * What is taken in, and what a line and a delivery cost, with the journal in a file and in the
 * database, of one process and of several that share it. Costs are those of all processes of ours,
 * without the database's.
 */
final class Replicas {
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration RECORDED = Duration.ofSeconds(8);
  private static final int VIEWERS = 1_000;
  private static final int ON_THE_WAY = 16;
  private static final List<Integer> LINES = List.of(1, 20, 200, 1_000);

  private final Elasticsearch elasticsearch;
  private final int rounds;
  private final Table table;

  Replicas(Elasticsearch elasticsearch, int rounds, Table table) {
    this.elasticsearch = elasticsearch;
    this.rounds = rounds;
    this.table = table;
  }

  void run(Progress progress) {
    measure(progress, "journal in a file, 1 process", 1, false);
    for (int count : List.of(1, 2, 4)) {
      measure(
          progress,
          "journal in the database, " + count + (count == 1 ? " process" : " processes"),
          count,
          true);
    }
  }

  private void measure(Progress progress, String work, int count, boolean database) {
    progress.say(work);
    try (Mosquitto broker = Mosquitto.open();
        Postgres postgres = Postgres.started();
        Group group = new Group(broker, postgres, count, database)) {
      for (int lines : LINES) {
        List<Double> perSecond = new ArrayList<>();
        List<Double> cpu = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
          group.takeIn(new Messages(ON_THE_WAY, lines, 60), perSecond, cpu);
        }
        String figure = "messages of " + lines + " lines: ";
        table.add(work, figure + "lines/s in", perSecond, List.of(), "");
        table.add(work, figure + "CPU us a line", cpu, List.of(), "");
      }
      List<Double> delivered = new ArrayList<>();
      List<Double> p99 = new ArrayList<>();
      List<Double> cpu = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        group.show(delivered, p99, cpu);
      }
      String figure = VIEWERS + " viewers over all, 20 lines/s: ";
      table.add(work, figure + "delivered %", delivered, List.of(), "100");
      table.add(work, figure + "p99 ms", p99, List.of(), "");
      table.add(work, figure + "CPU us a delivery", cpu, List.of(), "");
    }
  }

  /** One server as its viewers see it; what it is told all of them show. */
  private record Member(Fleetcast server, MqttPublisher publisher, int device) implements Side {
    @Override
    public String name() {
      return "Fleetcast";
    }

    @Override
    public long pid() {
      return server.pid();
    }

    @Override
    public int port() {
      return server.uri().getPort();
    }

    @Override
    public Readers.Request request() {
      String token = Api.at(server.uri()).editorToken();
      return new Readers.Request(
          "/api/devices/" + device + "/logs/stream?tail=0",
          "Authorization: Bearer " + token + "\r\n");
    }

    @Override
    public void publish(byte[] message) {
      publisher.publish("iotsupport/logsink", message);
    }
  }

  private final class Group implements AutoCloseable {
    private final List<Fleetcast> servers;
    private final MqttPublisher publisher;
    private final List<Member> members;
    private long number;

    Group(Mosquitto broker, Postgres postgres, int count, boolean database) {
      String secret = UUID.randomUUID().toString();
      servers =
          Stream.generate(() -> server(broker, postgres, database).with("SECRET_KEY", secret))
              .limit(count)
              .toList();
      Together.run(servers.stream().<Runnable>map(each -> each::start).toArray(Runnable[]::new));
      publisher = MqttPublisher.connected(broker.uri());
      int device = device(Api.at(servers.get(0).uri()));
      members = servers.stream().map(each -> new Member(each, publisher, device)).toList();
    }

    private Fleetcast server(Mosquitto broker, Postgres postgres, boolean database) {
      Fleetcast server =
          Fleetcast.at(Ports.free(), Ports.free())
              .with("MQTT_URL", broker.url())
              .with("ELASTICSEARCH_URL", elasticsearch.uri().toString())
              .with("DATABASE_URL", postgres.url())
              .with("DATABASE_USERNAME", postgres.user())
              .with("DATABASE_PASSWORD", postgres.password())
              .with("SSE_MAX_CONNECTIONS_PER_SUBJECT", "20000")
              .with("FLEETCAST_LOCAL_TOKEN_SECONDS", "7200");
      return database ? server.with("CLUSTER", "database") : server;
    }

    private static int device(Api anybody) {
      Api editor = anybody.withBearer(anybody.editorToken());
      int model =
          editor
              .post(
                  "/api/device-models",
                  Json.createObjectBuilder().add("code", "bench").add("name", "Bench").build())
              .json()
              .getInt("id");
      String config =
          Json.createObjectBuilder().add("deviceEntityId", FleetcastSide.ENTITY).build().toString();
      return editor
          .post(
              "/api/devices",
              Json.createObjectBuilder()
                  .add("device_model_id", model)
                  .add("config", config)
                  .build())
          .json()
          .getInt("id");
    }

    /** As fast as one viewer of the last of them has it. */
    void takeIn(Messages messages, List<Double> perSecond, List<Double> cpu) {
      Member member = members.get(members.size() - 1);
      try (Readers reader = new Readers(member).open(1)) {
        number += messages.publishAtFullSpeed(member, reader, WARM_UP, number);
        reader.drain();
        Duration before = used();
        long start = System.nanoTime();
        long lines = messages.publishAtFullSpeed(member, reader, RECORDED, number);
        reader.drain();
        double took = (System.nanoTime() - start) / 1e9;
        number += lines;
        perSecond.add(lines / took);
        cpu.add(used().minus(before).toNanos() / 1e3 / Math.max(1, lines));
      }
    }

    void show(List<Double> delivered, List<Double> p99, List<Double> cpu) {
      Messages pace = new Messages(20, 1, 100);
      List<Readers> all = new ArrayList<>();
      try {
        members.forEach(each -> all.add(new Readers(each).open(VIEWERS / members.size())));
        number += pace.publish(members.get(0), WARM_UP, number);
        all.forEach(Readers::drain);
        all.forEach(Readers::listen);
        Duration before = used();
        long lines = pace.publish(members.get(0), RECORDED, number);
        number += lines;
        all.forEach(Readers::drain);
        Duration used = used().minus(before);
        long heard = all.stream().mapToLong(each -> each.heard().lines()).sum();
        delivered.add(100.0 * heard / (lines * VIEWERS));
        p99.add(
            all.stream()
                .mapToDouble(each -> each.heard().latency().getValueAtPercentile(99) / 1e6)
                .max()
                .orElseThrow());
        cpu.add(used.toNanos() / 1e3 / Math.max(1, heard));
      } finally {
        all.forEach(Readers::close);
      }
    }

    private Duration used() {
      return servers.stream()
          .map(each -> Usage.of(each.pid()).cpu())
          .reduce(Duration.ZERO, Duration::plus);
    }

    @Override
    public void close() {
      publisher.close();
      servers.forEach(Fleetcast::close);
    }
  }
}
