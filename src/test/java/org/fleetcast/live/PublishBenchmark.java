package org.fleetcast.live;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One event for n mailboxes, and what a writer makes of what waits in one. The sessions have no
 * stream yet, so that waking writers is not in it; their buffers are full after a while, as those
 * of streams that have been open for long.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PublishBenchmark {
  private static final String ENTITY = "sensor.bench";
  private static final int DEVICE = 1;

  /** How many follow the entity. */
  @Param({"1", "100", "1000"})
  public int followers;

  private final TopicIndex index = new TopicIndex(new ViewerMemory());
  private final Mailbox mailbox = new Mailbox(new ViewerMemory());
  private final List<LiveLine> lines = new ArrayList<>();

  @Setup
  public void follow() {
    for (int i = 0; i < followers; i++) {
      new Session(
              "somebody",
              "r" + i,
              index,
              new SubjectUsage(new ViewerMemory(), () -> {}),
              missed -> {})
          .subscribe(new Subscription(DEVICE, ENTITY, LineFilter.NONE, 0), 1);
    }
    for (int i = 0; i < 20; i++) {
      lines.add(new NumberedLine(i));
    }
  }

  /** From the lines of a message to n mailboxes: the line is encoded once. */
  @Benchmark
  public void publish() {
    Publication publication = new Publication(ENTITY, lines.subList(0, 1));
    index.publish(publication, TopicSubscription::publish);
  }

  /** Twenty lines as the one event that all mailboxes share. */
  @Benchmark
  public StreamEvent encode() {
    return new Publication(ENTITY, lines).event();
  }

  /** Twenty events from a mailbox as the pieces of one write. */
  @Benchmark
  public List<byte[]> frame() {
    for (int i = 0; i < lines.size(); i++) {
      mailbox.put(new Publication(ENTITY, lines.subList(i, i + 1)).event());
    }
    return Frames.batch(mailbox.take(1 << 16), Format.NAMED, entity -> DEVICE);
  }
}
