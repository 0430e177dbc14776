package org.fleetcast.sink;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From the bytes of a message to entries for the journal. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ParseBenchmark {
  private static final String LINE =
      "{\"entity_id\":\"sensor.bench\",\"message\":\"\\u001b[32mI (12) wifi: connected to ap,"
          + " rssi -61 dBm, channel 6\\u001b[0m\",\"relative_time\":12,\"uptime\":4711}\n";
  private static final long AT = 1_795_434_043_802_087L;

  /** How many lines the message has. */
  @Param({"1", "20"})
  public int lines;

  private final ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 1 << 18);

  /** Parse, clean, stamp and write again. */
  @Benchmark
  public List<JournalLine> parse() {
    byte[] message = LINE.repeat(lines).getBytes(StandardCharsets.UTF_8);
    List<JournalLine> entries = new ArrayList<>();
    for (ReceivedLine line : reader.read(message)) {
      entries.add(JournalLine.of(line, new JournalLine.Stamp(AT, AT + "-zaqzho")));
    }
    return entries;
  }
}
