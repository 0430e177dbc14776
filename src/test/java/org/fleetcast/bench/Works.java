package org.fleetcast.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.fleetcast.stack.Progress;

/** The works that are measured, each so many rounds; where there is a peer, side by side. */
final class Works {
  private static final Duration WARM_UP = Duration.ofSeconds(3);
  private static final Duration WARM_UP_AT_PACE = Duration.ofSeconds(180);
  private static final Duration WARM_UP_WITH_VISITORS = Duration.ofSeconds(20);
  private static final Duration RECORDED = Duration.ofSeconds(8);
  private static final Messages SINGLE_LINES = new Messages(20, 1, 100);
  private static final Messages BATCHES = new Messages(50, 20, 60);
  private static final Messages LARGE = new Messages(100, 1, 16_000);
  private static final int ON_THE_WAY = 16;

  private final FleetcastSide ours;
  private final List<Side> peers;
  private final int rounds;
  private final Table table;
  private final Progress progress;
  private long number;

  /**
   * @param peers one or none
   */
  Works(FleetcastSide ours, List<Side> peers, int rounds, Table table, Progress progress) {
    this.ours = ours;
    this.peers = peers;
    this.rounds = rounds;
    this.table = table;
    this.progress = progress;
  }

  /** What one round found; times in milliseconds, the processor's in microseconds a line. */
  private record Round(
      double p50, double p99, double delivered, double cpu, double perSecond, Readers.Heard heard) {

    static Round of(Readers.Heard heard, long wanted, Duration took, Usage before, Usage after) {
      long lines = Math.max(1, heard.lines());
      return new Round(
          heard.latency().getValueAtPercentile(50) / 1e6,
          heard.latency().getValueAtPercentile(99) / 1e6,
          100.0 * heard.lines() / wanted,
          after.cpu().minus(before.cpu()).toNanos() / 1e3 / lines,
          heard.lines() * 1e9 / took.toNanos(),
          heard);
    }
  }

  /** How a round publishes. */
  private interface Publishing {
    long publish(Side side, Readers readers, Duration duration, long firstNumber);
  }

  private static Publishing at(Messages pace) {
    return (side, readers, duration, first) -> pace.publish(side, duration, first);
  }

  private Round measured(Side side, Readers readers, Publishing publishing, int count) {
    number += publishing.publish(side, readers, WARM_UP, number);
    readers.drain();
    readers.listen();
    Usage before = Usage.of(side.pid());
    long start = System.nanoTime();
    long lines = publishing.publish(side, readers, RECORDED, number);
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    number += lines;
    readers.drain();
    return Round.of(readers.heard(), lines * count, took, before, Usage.of(side.pid()));
  }

  private Round fanOut(Side side, int count, Publishing publishing) {
    try (Readers readers = new Readers(side).open(count)) {
      return measured(side, readers, publishing, count);
    }
  }

  /** Of each round, ours first; then the peer's of the same rounds, or none. */
  private List<List<Round>> sideBySide(
      String work, List<Side> peers, int count, Publishing publishing) {
    List<Round> mine = new ArrayList<>();
    List<Round> theirs = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      progress.say("%s, round %d of %d".formatted(work, round, rounds));
      mine.add(fanOut(ours, count, publishing));
      peers.forEach(peer -> theirs.add(fanOut(peer, count, publishing)));
    }
    return List.of(mine, theirs);
  }

  /**
   * A fleet's server has run for days: what its JVM compiles in its first minutes is no figure.
   * Many readers make the way out hot, and few the way in, since then more messages pass. At the
   * pace other code runs beside it, which gets hot only slowly.
   */
  private void warmUp(Messages pace) {
    for (int count : List.of(1_000, 10, 1_000)) {
      progress.say("warming up with %d readers".formatted(count));
      fanOut(ours, count, pace::publishAtFullSpeed);
    }
    peers.forEach(peer -> fanOut(peer, 1_000, pace::publishAtFullSpeed));
    progress.say("warming up at the pace, %d s".formatted(WARM_UP_AT_PACE.toSeconds()));
    try (Readers readers = new Readers(ours).open(1_000)) {
      number += SINGLE_LINES.publish(ours, WARM_UP_AT_PACE, number);
      readers.drain();
    }
  }

  private void row(
      String work,
      String figure,
      List<List<Round>> sides,
      ToDoubleFunction<Round> value,
      String bar) {
    table.add(work, figure, each(sides.get(0), value), each(sides.get(1), value), bar);
  }

  private static List<Double> each(List<Round> rounds, ToDoubleFunction<Round> value) {
    return rounds.stream().map(value::applyAsDouble).toList();
  }

  /** A thousand readers of one device, at a pace and as fast as it goes. */
  void fanOut() {
    Messages onTheWay = new Messages(ON_THE_WAY, 1, SINGLE_LINES.padding());
    warmUp(onTheWay);
    String work = "1,000 readers, 20 lines/s";
    List<List<Round>> paced = sideBySide(work, peers, 1_000, at(SINGLE_LINES));
    row(work, "delivered %", paced, Round::delivered, "100");
    row(work, "p50 ms", paced, Round::p50, "15");
    row(work, "p99 ms", paced, Round::p99, "50, 1.5 x nchan");
    row(work, "CPU us a delivery", paced, Round::cpu, "1.5 x nchan");
    String fast = "1,000 readers, full speed";
    List<List<Round>> full = sideBySide(fast, peers, 1_000, onTheWay::publishAtFullSpeed);
    row(fast, "deliveries/s", full, Round::perSecond, "1.0 x nchan");
    row(fast, "CPU us a delivery", full, Round::cpu, "");
    row(fast, "gaps", full, round -> round.heard().gaps(), "0");
  }

  /** Messages of many lines. */
  void batches() {
    String work = "1,000 readers, 1,000 lines/s in messages of 20";
    List<List<Round>> alone = sideBySide(work, List.of(), 1_000, at(BATCHES));
    row(work, "lines/s delivered", alone, Round::perSecond, "1,000,000");
    row(work, "delivered %", alone, Round::delivered, "100");
    row(work, "p99 ms", alone, Round::p99, "");
    row(work, "gaps", alone, round -> round.heard().gaps(), "0");
  }

  /** Streams on which nothing happens, and one nudge for all. */
  void idle() {
    int count = 10_000;
    String work = "10,000 idle streams";
    progress.say(work);
    long before = settledMemory();
    try (Readers readers = new Readers(ours, ours.idleRequest()).open(count)) {
      long after = settledMemory();
      table.add(work, "open", Integer.toString(readers.heard().open()), "10,000");
      table.add(work, "resident KB each", Table.number((after - before) / 1024.0 / count), "35");
      List<Double> reached = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        long start = System.nanoTime();
        long heard = readers.nudges();
        ours.anybody().post("/internal/rotation-nudge");
        reached.add((readers.awaitNudges(heard + count) - start) / 1e6);
      }
      table.add(work, "a nudge reaches all, ms", reached, List.of(), "500");
    }
  }

  private long settledMemory() {
    Jcmd.run(ours.pid(), "GC.run");
    Readers.pause(Duration.ofSeconds(3));
    return Usage.of(ours.pid()).residentBytes();
  }

  /** Many who come and go beside a few who stay; with a token, and without one. */
  void churn() {
    String work = "100 readers beside 300 connects/s";
    List<Double> calm = new ArrayList<>();
    List<Double> known = new ArrayList<>();
    List<Double> unknown = new ArrayList<>();
    long served = 0;
    long refused = 0;
    progress.say("warming up with visitors");
    try (Readers readers = new Readers(ours).open(100);
        Readers visitors = new Readers(ours)) {
      visitors.passing(300);
      number += SINGLE_LINES.publish(ours, WARM_UP_WITH_VISITORS, number);
      readers.drain();
    }
    for (int round = 1; round <= rounds; round++) {
      progress.say("%s, round %d of %d".formatted(work, round, rounds));
      try (Readers readers = new Readers(ours).open(100);
          Readers visitors = new Readers(ours);
          Readers strangers = new Readers(ours, ours.request(""))) {
        calm.add(measured(ours, readers, at(SINGLE_LINES), 100).p99());
        visitors.passing(300);
        known.add(measured(ours, readers, at(SINGLE_LINES), 100).p99());
        visitors.passing(0);
        served += visitors.heard().served();
        refused += visitors.heard().refused();
        strangers.passing(300);
        unknown.add(measured(ours, readers, at(SINGLE_LINES), 100).p99());
        strangers.passing(0);
      }
    }
    table.add(work, "served / refused", served + " / " + refused, "all");
    table.add(work, "p99 ms without them", calm, List.of(), "");
    table.add(work, "p99 ms", known, List.of(), "2 x without");
    table.add(work, "p99 ms, all without a token", unknown, List.of(), "");
  }

  /** Some who stop reading beside those who go on. */
  void slow() {
    List<Double> without = new ArrayList<>();
    progress.say("warming up with 16 KB events"); // else it counts against the first figure
    fanOut(ours, 100, at(LARGE));
    fanOut(ours, 100, at(LARGE));
    for (int stalled : List.of(0, 1, 10, 50)) {
      String work = "100 readers of 16 KB events, " + stalled + " stopped";
      List<Double> p99 = new ArrayList<>();
      long told = 0;
      long heap = 0;
      for (int round = 1; round <= rounds; round++) {
        progress.say("%s, round %d of %d".formatted(work, round, rounds));
        try (Readers readers = new Readers(ours).open(100)) {
          readers.stall(stalled);
          p99.add(measured(ours, readers, at(LARGE), 100 - stalled).p99());
          readers.goOn();
          readers.drain();
          told += readers.toldOfLoss();
        }
        heap = Jcmd.heapAfterCollection(ours.pid());
      }
      table.add(work, "p99 ms of the others", p99, without, stalled == 0 ? "" : "1.5 x 0 stopped");
      if (stalled == 0) {
        without.addAll(p99);
      } else {
        table.add(work, "gap or closed", told + " of " + stalled * rounds, "all");
      }
      table.add(work, "heap after GC, MB", Table.number(heap / 1e6), "flat");
    }
  }

  /** All come back at once after a restart. */
  void restart() {
    int count = 5_000;
    String work = "5,000 readers at once after a restart";
    progress.say(work);
    try (Readers readers = new Readers(ours).open(count)) {
      ours.server().restart();
    }
    long start = System.nanoTime();
    try (Readers readers = new Readers(ours).open(count)) {
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      table.add(work, "refused", Integer.toString(count - readers.heard().open()), "0");
      table.add(work, "all open after, s", Table.number(took.toMillis() / 1e3), "");
    }
  }
}
