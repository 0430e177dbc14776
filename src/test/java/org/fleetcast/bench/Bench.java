package org.fleetcast.bench;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.Nchan;
import org.fleetcast.stack.Ports;
import org.fleetcast.stack.Progress;

/**
 * {@code mvn -Pbench}: runs the works that {@code bench.works} names (all but the soak and the
 * replicas when it is not set), each {@code bench.rounds} times, and prints one table, which grows
 * with each work.
 */
public final class Bench {
  private static final Progress PROGRESS = sentence -> System.out.println("[bench] " + sentence);

  private Bench() {}

  public static void main(String[] arguments) {
    Table table = new Table();
    PROGRESS.say("starting Elasticsearch, Mosquitto and the server");
    try (Elasticsearch elasticsearch = Elasticsearch.started(PROGRESS);
        Mosquitto broker = Mosquitto.open();
        FleetcastSide ours =
            new FleetcastSide(elasticsearch, broker, Fleetcast.at(Ports.free(), Ports.free()))) {
      if (Nchan.isInstalled()) {
        PROGRESS.say("nchan is the peer");
        try (Nchan nchan = Nchan.started()) {
          run(ours, List.of(new NchanSide(nchan)), table);
        }
      } else {
        PROGRESS.say("no peer: nginx with nchan is missing");
        run(ours, List.of(), table);
      }
    }
    System.exit(0);
  }

  private static void run(FleetcastSide ours, List<Side> peers, Table table) {
    int rounds = Integer.getInteger("bench.rounds", 5);
    Works works = new Works(ours, peers, rounds, table, PROGRESS);
    Map<String, Runnable> all = new LinkedHashMap<>();
    all.put("fanout", works::fanOut);
    all.put("batches", works::batches);
    all.put("idle", works::idle);
    all.put("churn", works::churn);
    all.put("slow", works::slow);
    all.put("restart", works::restart);
    all.put("comeback", () -> new Comeback(ours, rounds, table).run(PROGRESS));
    all.put("filters", () -> new Filters(ours, rounds, table).run(PROGRESS));
    all.put("waiting", () -> new Waiting(ours, rounds, table).run(PROGRESS));
    all.put("hot", new HotPieces(rounds, table)::run);
    String standard = String.join(",", all.keySet());
    Duration soak = Duration.ofMinutes(Long.getLong("bench.soak.minutes", 10));
    all.put("replicas", () -> new Replicas(ours.elasticsearch(), rounds, table).run(PROGRESS));
    all.put("soak", () -> new Soak(ours, soak, table).run(PROGRESS));
    String chosen = System.getProperty("bench.works", "");
    for (String work : (chosen.isEmpty() ? standard : chosen).split(",", -1)) {
      Runnable known = all.get(work);
      if (known == null) {
        throw new IllegalArgumentException(
            "bench.works must be some of " + all.keySet() + ", not " + work);
      }
      known.run();
      System.out.println("\n" + table + "\n");
    }
  }
}
