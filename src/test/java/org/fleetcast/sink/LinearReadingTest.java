package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a device sends, the time that it takes to read it grows as its length does. */
class LinearReadingTest {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int SMALL = 128 << 10;

  /** The doublings from the smallest to the largest. */
  private static final int DOUBLINGS = 3;

  /** Eightfold is linear, 64-fold quadratic. */
  private static final int MOST = 24;

  /** What is as fast as that is not measured well. */
  private static final Duration AT_LEAST = Duration.ofNanos(300_000);

  private static final Duration FAR_TOO_LONG = Duration.ofSeconds(3);

  private static final int ROUNDS = 3;
  private static final int TRIES = 3;

  /** What is read, so that it has to be. */
  private long sum;

  private final ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 2 << 20);

  /**
   * A payload of any length.
   *
   * @param unit what is repeated between the two ends
   */
  private record Shape(String name, String begin, String unit, String end) {
    byte[] payload(int bytes) {
      int unitBytes = unit.getBytes(StandardCharsets.UTF_8).length;
      return (begin + unit.repeat(bytes / unitBytes) + end).getBytes(StandardCharsets.UTF_8);
    }

    Shape ending(String otherEnd) {
      return new Shape(name, begin, unit, otherEnd);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Shape message(String name, String unit) {
    return new Shape("message of " + name, "{\"entity_id\":\"e\",\"message\":\"", unit, "\"}");
  }

  static Stream<Shape> shapes() {
    return Stream.of(
        message("OSC in one character", "\u009d"),
        message("OSC with an end far away", "\u009d\u009d").ending("\u0007\"}"),
        message("OSC, each broken off", "\u009d\u001b"),
        message("CSI in one character", "\u009b"),
        message("CSI without an end", "\\u001b["),
        message("CSI with many parameters", "\\u001b[1;1;1;1;1;1;1;1"),
        message("colours", "\\u001b[31m"),
        message("ESC", "\\u001b"),
        message("ESC and intermediates", "\\u001b    "),
        message("strings without an end", "\\u001bP"),
        message("ends of strings", "\\u001b\\\\"),
        message("ESP-IDF", "I (12) a:"),
        message("ESPHome", "[E]["),
        message("Zephyr", "<err> "),
        message("syslog", "<131>1 - - "),
        message("blanks", " "),
        message("raw control characters", "\u0001"),
        message("NULs", "\\u0000"),
        message("halves of pairs", "\\ud83d"),
        message("colons", "I (1) a::").ending("b: c\"}"),
        new Shape("digits", "{\"message\":", "1", "}"),
        new Shape("digits of a fraction", "{\"message\":0.", "1", "}"),
        new Shape("digits of an exponent", "{\"message\":1e", "1", "}"),
        new Shape("minus signs", "{\"message\":", "-", "}"),
        new Shape("arrays in arrays", "{\"message\":", "[", ""),
        new Shape("objects in objects", "", "{\"a\":", ""),
        new Shape("deep values", "{\"message\":[", "[".repeat(400) + "]".repeat(400) + ",", "0]}"),
        new Shape("a field again and again", "{", "\"a\":1,", "\"b\":1}"),
        new Shape("a name of many characters", "{\"", "a", "\":1}"),
        new Shape("entities that are none", "{", "\"entity_id\" ", ""),
        new Shape("entities without a value", "[", "\"entity_id\":", ""),
        new Shape("entities far from their value", "[\"entity_id\"", " ", ":\"e\""),
        new Shape("an entity after garbage", "{", "x", "\"entity_id\":\"e\"}"),
        new Shape("a string without an end", "{\"a\":\"", "a\\", ""),
        new Shape("text", "", "x", ""),
        new Shape("blank lines", "", "\n", "{}"),
        new Shape("blanks around a line", "", " ", "{}"),
        new Shape("NULs around a line", "{}", "\0", "{}"),
        new Shape("lines", "", "{}\n", ""),
        new Shape("bad lines", "", "0\n", ""),
        new Shape("near JSON", "", "{\"entity_id\":\"e\",\n", ""));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void the_time_grows_with_the_length_and_no_faster(Shape shape) {
    double growth = Double.MAX_VALUE;
    for (int i = 0; i < TRIES && growth > MOST; i++) {
      growth = Math.min(growth, growth(shape));
    }
    assertThat(growth).as("from 128 KiB to 1 MiB: %s", shape).isLessThan(MOST);
  }

  private double growth(Shape shape) {
    long small = shortest(shape.payload(SMALL));
    long large = shortest(shape.payload(SMALL << DOUBLINGS));
    return (double) large / Math.max(AT_LEAST.toNanos(), small);
  }

  /** The time of the processor that it takes, whatever else runs on this machine. */
  private long shortest(byte[] payload) {
    long shortest = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long start = THREADS.getCurrentThreadCpuTime();
      read(payload);
      long time = THREADS.getCurrentThreadCpuTime() - start;
      if (time > FAR_TOO_LONG.toNanos()) {
        return time;
      }
      shortest = Math.min(shortest, time);
    }
    return shortest;
  }

  private void read(byte[] payload) {
    long at = 1_795_434_043_802_087L;
    for (Iterator<ReceivedLine> lines = reader.read(payload).iterator(); lines.hasNext(); ) {
      JournalLine entry = JournalLine.of(lines.next(), new JournalLine.Stamp(++at, "id"));
      sum += entry.json().length;
    }
  }
}
