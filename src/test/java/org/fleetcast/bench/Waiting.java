package org.fleetcast.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.fleetcast.stack.Progress;

/** Twenty thousand sessions whose viewers are away: what each of them holds, and costs a line. */
final class Waiting {
  private static final int SESSIONS = 20_000;
  private static final int AT_ONCE = 5_000;
  private static final Messages PACE = new Messages(500, 1, 100);
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration RECORDED = Duration.ofSeconds(8);
  private static final String KEPT = "SSE_RESUME_SECONDS";
  private static final String WORK = "20,000 sessions that wait, 500 lines/s";

  private final FleetcastSide side;
  private final int rounds;
  private final Table table;
  private long number;

  Waiting(FleetcastSide side, int rounds, Table table) {
    this.side = side;
    this.rounds = rounds;
    this.table = table;
  }

  void run(Progress progress) {
    progress.say(WORK);
    side.server().with(KEPT, "3600").restart();
    try (Readers reader = new Readers(side).open(1)) {
      measure(reader);
    } finally {
      side.server().without(KEPT).restart();
    }
  }

  /** One reader follows the same device all the time, so that its lines are kept in either case. */
  private void measure(Readers reader) {
    number += PACE.publish(side, WARM_UP, number);
    reader.drain();
    List<Double> alone = costs(reader);
    leave(0); // the container keeps what it needs for so many connections at once
    long before = Jcmd.heapAfterCollection(side.pid());
    for (int batch = 1; batch < SESSIONS / AT_ONCE; batch++) {
      leave(batch);
    }
    long held = Jcmd.heapAfterCollection(side.pid()) - before;
    double waiting = side.anybody().metric("sse_device_log_subscriptions_active", "") - 1;
    List<Double> beside = costs(reader);
    table.add(WORK, "waiting", Table.number(waiting), Table.number(SESSIONS));
    table.add(WORK, "heap each, KB", Table.number(held / 1024.0 / (SESSIONS - AT_ONCE)), "1");
    table.add(WORK, "CPU us a line, nobody waits", alone, List.of(), "");
    table.add(WORK, "CPU us a line", beside, List.of(), "as if nobody waited");
  }

  /** Opens sessions that follow the device, and lets their viewers go. */
  private void leave(int batch) {
    Readers.Request one = side.request();
    String path = one.path() + "&request_id=waits-" + batch + "-{n}";
    new Readers(side, new Readers.Request(path, one.headers())).open(AT_ONCE).close();
    while (side.anybody().metric("sse_connections_active", "") > 1) {
      Readers.pause(Duration.ofMillis(200));
    }
  }

  private List<Double> costs(Readers reader) {
    List<Double> costs = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Usage before = Usage.of(side.pid());
      long lines = PACE.publish(side, RECORDED, number);
      number += lines;
      reader.drain();
      Usage after = Usage.of(side.pid());
      costs.add(after.cpu().minus(before.cpu()).toNanos() / 1e3 / lines);
    }
    return costs;
  }
}
