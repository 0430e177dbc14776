package org.fleetcast.bench;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Progress;

/** The server is killed and started again under lines, and its viewers come back by themselves. */
final class Comeback {
  private static final int VIEWERS = 500;
  private static final Messages PACE = new Messages(20, 25, 60);
  private static final Duration A_LITTLE = Duration.ofSeconds(1);
  private static final Duration BEFORE = Duration.ofSeconds(5);

  private final FleetcastSide side;
  private final int rounds;
  private final Table table;
  private final AtomicLong published = new AtomicLong();

  Comeback(FleetcastSide side, int rounds, Table table) {
    this.side = side;
    this.rounds = rounds;
    this.table = table;
  }

  void run(Progress progress) {
    String work = "killed under 500 lines/s, 500 viewers ";
    measure(progress, work + "by the id alone", () -> new Readers(side));
    try (Subscribing client = new Subscribing(side.editor(), side.device())) {
      measure(
          progress,
          work + "as the client does",
          () -> new Readers(side, side.idleRequest()).telling(client));
    }
  }

  /** How the viewers of a round follow; they are not open yet. */
  private interface Way {
    Readers viewers();
  }

  private void measure(Progress progress, String work, Way way) {
    List<Double> took = new ArrayList<>();
    long lost = 0;
    long doubled = 0;
    long gaps = 0;
    for (int round = 1; round <= rounds; round++) {
      progress.say("%s, round %d of %d".formatted(work, round, rounds));
      try (Readers viewers = way.viewers().returning().open(VIEWERS)) {
        took.add(killed(viewers));
        Readers.Heard heard = viewers.heard();
        lost += heard.missing();
        doubled += heard.doubled();
        gaps += heard.gaps();
      }
    }
    table.add(work, "lost", Long.toString(lost), "0");
    table.add(work, "doubled", Long.toString(doubled), "0");
    table.add(work, "gaps", Long.toString(gaps), "0");
    table.add(work, "all have all after readiness, s", took, List.of(), "5");
  }

  /** Gives the seconds from when the server was ready until all had what was published by then. */
  private double killed(Readers viewers) {
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> publish(over));
    try {
      viewers.awaitLine(VIEWERS, published.get() + BEFORE.toSeconds() * 500);
      side.server().kill();
      side.server().start();
      long ready = System.nanoTime();
      viewers.awaitLine(VIEWERS, published.get() - 1);
      return (System.nanoTime() - ready) / 1e9;
    } finally {
      over.set(true);
      publishing.join();
      viewers.awaitLine(VIEWERS, published.get() - 1);
    }
  }

  private void publish(AtomicBoolean over) {
    while (!over.get()) {
      published.addAndGet(PACE.publish(side, A_LITTLE, published.get()));
    }
  }

  /**
   * What a client does with a stream that the server does not know: it subscribes, and after what.
   */
  private static final class Subscribing implements Readers.Forgotten, AutoCloseable {
    private final Api api;
    private final int device;
    private final Map<Long, String> due = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(8);

    Subscribing(Api api, int device) {
      this.api = api;
      this.device = device;
    }

    @Override
    public void told(long reader, String lastId) {
      due.putIfAbsent(reader, lastId); // what could not be asked for before is still due
      threads.execute(() -> subscribe(reader));
    }

    private void subscribe(long reader) {
      JsonObjectBuilder body =
          Json.createObjectBuilder()
              .add("request_id", Long.toString(reader))
              .add("device_id", device);
      String after = due.getOrDefault(reader, "");
      if (!after.isEmpty()) {
        body.add("after", after);
      }
      if (api.post("/api/device-logs/subscribe", body.build()).status() == 200) {
        due.remove(reader);
      }
    }

    @Override
    public void close() {
      threads.shutdownNow();
    }
  }
}
