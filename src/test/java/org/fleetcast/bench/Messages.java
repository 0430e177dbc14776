package org.fleetcast.bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.fleetcast.stack.Pace;

/**
 * What is published: messages of numbered lines that carry the time at which they were to be sent,
 * so that a publisher that is held up counts against who holds it up.
 *
 * @param perSecond messages a second
 * @param lines lines in each
 * @param padding characters of text in each line
 * @param marks how many different marks the lines have in their text, one after the other; 0: none
 */
record Messages(int perSecond, int lines, int padding, int marks) {
  /** Without marks. */
  Messages(int perSecond, int lines, int padding) {
    this(perSecond, lines, padding, 0);
  }

  /** What the text of every so many lines contains, and of no other; {@code n} is 1 or more. */
  static String mark(Object n) {
    return "f" + n + "x";
  }

  /** Publishes at this pace for that long; gives the number of lines. */
  long publish(Side to, Duration duration, long firstNumber) {
    Pace pace = Pace.of(perSecond);
    long messages = duration.toMillis() * perSecond / 1_000;
    for (long i = 0; i < messages; i++) {
      to.publish(message(firstNumber + i * lines, pace.next()));
    }
    return messages * lines;
  }

  /** Publishes as fast as the slowest reader follows; gives the number of lines. */
  long publishAtFullSpeed(Side to, Readers readers, Duration duration, long firstNumber) {
    long end = System.nanoTime() + duration.toNanos();
    long before = readers.slowest();
    long sent = 0;
    while (System.nanoTime() < end) {
      // perSecond bounds how much of it is on the way.
      while (sent - (readers.slowest() - before) > (long) perSecond * lines) {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(500));
        if (System.nanoTime() > end) {
          return sent;
        }
      }
      to.publish(message(firstNumber + sent, System.nanoTime()));
      sent += lines;
    }
    return sent;
  }

  private byte[] message(long firstNumber, long sentNanos) {
    StringBuilder message = new StringBuilder(lines * (padding + 96));
    for (int i = 0; i < lines; i++) {
      message
          .append("{\"entity_id\":\"" + FleetcastSide.ENTITY + "\",\"message\":\"I (1) bench: ")
          .append("x".repeat(padding))
          .append(marks == 0 ? "" : " " + mark(1 + (firstNumber + i) % marks))
          .append("\",\"ts\":")
          .append(sentNanos)
          .append(",\"seq\":")
          .append(firstNumber + i)
          .append(i == lines - 1 ? "}" : "}\n");
    }
    return message.toString().getBytes(StandardCharsets.UTF_8);
  }
}
