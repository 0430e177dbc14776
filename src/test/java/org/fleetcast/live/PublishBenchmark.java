package org.fleetcast.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One event for n sessions that wait, and its encoding. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PublishBenchmark {
  private static final String ENTITY = "sensor.bench";

  /** How many follow the entity. */
  @Param({"1", "100", "1000"})
  public int followers;

  private final ViewerMemory memory = new ViewerMemory();
  private final Log log =
      new Log(
          entity -> Set.of(),
          memory,
          new LiveMetrics(Stub.of(MetricRegistry.class)),
          new InternalFaults(where -> {}, SteadyClock.INSTANCE));
  private final List<LiveLine> lines = new ArrayList<>();

  @Setup
  public void follow() {
    for (int i = 0; i < followers; i++) {
      SubjectUsage usage = new SubjectUsage(memory, () -> {});
      new Session("somebody", "r" + i, log, new LiveStage.Earlier(), usage, missed -> {})
          .subscribe(Subscription.device(1, ENTITY, LineFilter.NONE, 0, null), 1);
    }
    for (int i = 0; i < 20; i++) {
      lines.add(new NumberedLine(i));
    }
  }

  /** From the lines of a message into the log. */
  @Benchmark
  public void publish() {
    log.append(() -> List.of(new Publication(ENTITY, lines.subList(0, 1))), 1);
  }

  /** Twenty lines as the one event that all share. */
  @Benchmark
  public byte[] encode() {
    return new Publication(ENTITY, lines).frame(Format.NAMED);
  }
}
