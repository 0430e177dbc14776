package org.fleetcast.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.fleetcast.stack.Progress;

/** A thousand streams of the whole fleet, each with a filter of its own, beside one such stream. */
final class Filters {
  private static final int STREAMS = 1_000;
  private static final Messages PACE = new Messages(100, 20, 60, STREAMS);
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration RECORDED = Duration.ofSeconds(8);
  private static final String WORK = "1,000 streams with 1,000 filters, 2,000 lines/s";

  private final FleetcastSide side;
  private final int rounds;
  private final Table table;
  private long number;
  private long missing;

  Filters(FleetcastSide side, int rounds, Table table) {
    this.side = side;
    this.rounds = rounds;
    this.table = table;
  }

  void run(Progress progress) {
    List<Double> one = new ArrayList<>();
    List<Double> all = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    progress.say("warming up with filters");
    cpuOfALine(STREAMS, WARM_UP);
    cpuOfALine(1, WARM_UP);
    missing = 0;
    for (int round = 1; round <= rounds; round++) {
      progress.say("%s, round %d of %d".formatted(WORK, round, rounds));
      one.add(cpuOfALine(1, RECORDED));
      all.add(cpuOfALine(STREAMS, RECORDED));
      ratios.add(all.get(round - 1) / one.get(round - 1));
    }
    table.add(WORK, "CPU us a line, one stream", one, List.of(), "");
    table.add(WORK, "CPU us a line", all, List.of(), "");
    table.add(WORK, "CPU, times one stream", ratios, List.of(), "1.5");
    table.add(WORK, "missing", Long.toString(missing), "0");
  }

  /** In microseconds of the server's processors. */
  private double cpuOfALine(int streams, Duration duration) {
    String query = "&contains=" + Messages.mark("{n}");
    try (Readers readers = new Readers(side, side.fleetRequest(query)).open(streams)) {
      readers.listen();
      Usage before = Usage.of(side.pid());
      long lines = PACE.publish(side, duration, number);
      number += lines;
      readers.drain();
      Usage after = Usage.of(side.pid());
      missing += lines * streams / STREAMS - readers.heard().lines();
      return after.cpu().minus(before.cpu()).toNanos() / 1e3 / lines;
    }
  }
}
