package org.fleetcast.bench;

import java.util.Arrays;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The pieces that every line or delivery goes through, each alone, by JMH. */
final class HotPieces {
  private final Table table;
  private final int rounds;

  HotPieces(int rounds, Table table) {
    this.rounds = rounds;
    this.table = table;
  }

  void run() {
    TimeValue second = TimeValue.seconds(1);
    try {
      new Runner(
              new OptionsBuilder()
                  .include("org\\.fleetcast\\..*Benchmark")
                  .forks(1)
                  .warmupIterations(3)
                  .warmupTime(second)
                  .measurementIterations(rounds)
                  .measurementTime(second)
                  .build())
          .run()
          .forEach(this::tell);
    } catch (RunnerException refused) {
      throw new IllegalStateException("JMH could not run", refused);
    }
  }

  private void tell(RunResult result) {
    String[] name = result.getParams().getBenchmark().split("\\.", -1);
    String parameters =
        String.join(
            ", ",
            result.getParams().getParamsKeys().stream()
                .map(key -> result.getParams().getParam(key) + " " + key)
                .toList());
    table.add(
        String.join(".", Arrays.asList(name).subList(name.length - 2, name.length)),
        parameters + ", " + result.getPrimaryResult().getScoreUnit(),
        Table.number(result.getPrimaryResult().getStatistics().getPercentile(50)),
        "");
  }
}
