package org.fleetcast.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Progress;

/**
 * A usual day, pressed together: readers who stay, readers who come and go, lines all the time, and
 * an Elasticsearch that is restarted every three minutes. Nothing may be lost, doubled or kept.
 */
final class Soak {
  private static final int READERS = 200;
  private static final Messages PACE = new Messages(200, 1, 100);
  private static final Duration WARM_UP = Duration.ofSeconds(60);
  private static final Duration BETWEEN_RESTARTS = Duration.ofMinutes(3);

  private final FleetcastSide side;
  private final Duration duration;
  private final Table table;
  private final String work;

  Soak(FleetcastSide side, Duration duration, Table table) {
    this.side = side;
    this.duration = duration;
    this.table = table;
    this.work =
        "%d min, %d readers, 200 lines/s, 2 connects/s".formatted(duration.toMinutes(), READERS);
  }

  void run(Progress progress) {
    progress.say(work);
    try (Readers readers = new Readers(side).open(READERS);
        Readers visitors = new Readers(side)) {
      visitors.passing(2);
      long first = PACE.publish(side, WARM_UP, 0);
      readers.drain();
      readers.listen();
      long heap = Jcmd.heapAfterCollection(side.pid());
      Usage before = Usage.of(side.pid());
      Instant start = Instant.now();
      long sent = publish(first, progress);
      readers.drain();
      Readers.Heard heard = readers.heard();
      Usage after = Usage.of(side.pid());
      tell(heard, sent);
      Readers.Heard passed = visitors.heard();
      row("visitors served / refused", passed.served() + " / " + passed.refused(), "none refused");
      row("heap after GC, MB", pair(mb(heap), mb(Jcmd.heapAfterCollection(side.pid()))), "5 %");
      row("threads", pair(before.threads(), after.threads()), "flat");
      row("descriptors", pair(before.descriptors(), after.descriptors()), "flat");
      row("lines sent / stored", sent + " / " + stored(start, sent), "the same");
    }
  }

  private long publish(long first, Progress progress) {
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> restarts =
        CompletableFuture.runAsync(
            () -> {
              Instant next = Instant.now().plus(BETWEEN_RESTARTS);
              while (!over.get()) {
                Readers.pause(Duration.ofMillis(200));
                if (Instant.now().isAfter(next)) {
                  progress.say("Elasticsearch is restarted");
                  side.elasticsearch().stop();
                  side.elasticsearch().start();
                  next = next.plus(BETWEEN_RESTARTS);
                }
              }
            });
    long sent = PACE.publish(side, duration, first);
    over.set(true);
    restarts.join();
    return sent;
  }

  private void tell(Readers.Heard heard, long sent) {
    row("lost", Long.toString(sent * READERS - heard.lines()), "0");
    row("doubled", Long.toString(heard.doubled()), "0");
    row("gaps", Long.toString(heard.gaps()), "0");
    row("p99 ms", Table.number(heard.latency().getValueAtPercentile(99) / 1e6), "");
  }

  /** How many lines of that time Elasticsearch has, once it has them all or some time is over. */
  private long stored(Instant start, long wanted) {
    String query =
        "{\"query\":{\"bool\":{\"filter\":[{\"term\":{\"entity_id\":\"%s\"}},"
                .formatted(FleetcastSide.ENTITY)
            + "{\"range\":{\"@timestamp\":{\"gte\":\"%s\"}}}]}}}".formatted(start);
    Api elasticsearch = Api.at(side.elasticsearch().uri());
    long stored = 0;
    for (int tries = 0; tries < 60 && stored < wanted; tries++) {
      Readers.pause(Duration.ofSeconds(1));
      stored = elasticsearch.post("/logstash-http-*/_count", query).json().getInt("count");
    }
    return stored;
  }

  private void row(String figure, String value, String bar) {
    table.add(work, figure, value, bar);
  }

  private static long mb(long bytes) {
    return bytes / 1_000_000;
  }

  private static String pair(long before, long after) {
    return before + " then " + after;
  }
}
