package org.fleetcast.bench;

import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * Many streams, and what was heard on them. All of it is known to the thread of {@link Sockets}
 * alone, which is asked for it.
 */
public final class Readers implements AutoCloseable {
  private static final long LIMIT_SECONDS = 120;
  private static final long LONGEST = TimeUnit.MINUTES.toNanos(2);

  private final String name;
  private final Count count = new Count();
  private final Sockets sockets;
  private Histogram latency = histogram();
  private long since = Long.MAX_VALUE;
  private volatile Forgotten forgotten = (reader, lastId) -> {};

  /**
   * What a reader asks for.
   *
   * @param path in which {@code {n}} is another number for each
   * @param headers with their line ends
   */
  public record Request(String path, String headers) {}

  /** What was heard of the messages sent since the last {@link #listen()}. */
  public record Heard(
      Histogram latency,
      long lines,
      long missing,
      long doubled,
      long gaps,
      int open,
      int served,
      int refused) {}

  /** Who is told of a stream that the server does not know. */
  interface Forgotten {
    void told(long reader, String lastId);
  }

  private final class Count implements Reader.Heard {
    private long nudges;
    private long lastNudge;

    @Override
    public void line(long sent) {
      if (sent >= since) {
        latency.recordValue(Math.min(LONGEST, Math.max(0, System.nanoTime() - sent)));
      }
    }

    @Override
    public void nudge() {
      nudges++;
      lastNudge = System.nanoTime();
    }

    @Override
    public void forgotten(Reader reader) {
      forgotten.told(reader.number, reader.lastId);
    }
  }

  Readers(Side side) {
    this(side, side.request());
  }

  Readers(Side side, Request request) {
    this(side.name(), side.port(), request);
  }

  /** Of a server of that name on a port of the loopback; none is open yet. */
  public Readers(String name, int port, Request request) {
    this.name = name;
    this.sockets = new Sockets(port, request, count);
  }

  private static Histogram histogram() {
    return new Histogram(LONGEST, 3);
  }

  /** Opens so many more streams and waits until all are answered. */
  public Readers open(int more) {
    int before = ask(sockets::answered);
    run(() -> sockets.open(more));
    await("streams to open", () -> sockets.answered() - before >= more);
    return this;
  }

  /** Whoever ends from now on comes back after the last event. */
  Readers returning() {
    run(sockets::returning);
    return this;
  }

  /** Tells of every stream that is new to the server, from the thread of the sockets. */
  Readers telling(Forgotten listener) {
    forgotten = listener;
    return this;
  }

  /** Lets so many come and go each second from now on. */
  void passing(int perSecond) {
    run(() -> sockets.passing(perSecond));
  }

  /** From now on these read nothing. */
  void stall(int howMany) {
    run(
        () ->
            sockets.readers().stream()
                .limit(howMany)
                .forEach(reader -> sockets.interest(reader, 0)));
  }

  /** All read again. */
  void goOn() {
    run(() -> sockets.readers().forEach(reader -> sockets.interest(reader, SelectionKey.OP_READ)));
  }

  /** Forgets what was heard so far; counts what is sent from now on. */
  public void listen() {
    run(
        () -> {
          since = System.nanoTime();
          latency = histogram();
          for (Reader reader : sockets.readers()) {
            reader.received = 0;
            reader.missing = 0;
            reader.doubled = 0;
            reader.gaps = 0;
          }
          sockets.forgetCounts();
        });
  }

  /** What was heard since the last {@link #listen()}. */
  public Heard heard() {
    return ask(
        () ->
            new Heard(
                latency.copy(),
                latency.getTotalCount(),
                sockets.readers().stream().mapToLong(reader -> reader.missing).sum(),
                sockets.readers().stream().mapToLong(reader -> reader.doubled).sum(),
                sockets.readers().stream().mapToLong(reader -> reader.gaps).sum(),
                (int) sockets.readers().stream().filter(reader -> reader.isOpen()).count(),
                sockets.served(),
                sockets.refused()));
  }

  /** What those who were stalled have got: a gap or an end each. */
  long toldOfLoss() {
    return ask(
        () ->
            sockets.readers().stream()
                .filter(reader -> reader.gaps > 0 || !reader.isOpen())
                .count());
  }

  /** How many lines the slowest of those who read has. */
  long slowest() {
    return ask(
        () ->
            sockets.readers().stream()
                .filter(reader -> reader.isOpen() && !reader.stopped)
                .mapToLong(reader -> reader.received)
                .min()
                .orElse(0));
  }

  /** Whether all have come as far as this line, and none was closed. */
  public boolean haveReached(long number) {
    return ask(
        () ->
            sockets.readers().stream()
                .allMatch(reader -> reader.isOpen() && reader.last >= number));
  }

  /** Waits until so many nudges came in all; gives when the last of them did. */
  long awaitNudges(long howMany) {
    await("nudges", () -> count.nudges >= howMany);
    return ask(() -> count.lastNudge);
  }

  long nudges() {
    return ask(() -> count.nudges);
  }

  /** Waits until nothing more comes. */
  void drain() {
    long before = -1;
    for (long now = heard().lines(); now != before; now = heard().lines()) {
      before = now;
      pause(Duration.ofMillis(700));
    }
  }

  static void pause(Duration time) {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The bench was interrupted", stop);
    }
  }

  /** Waits until so many have come as far as this line. */
  void awaitLine(int howMany, long number) {
    await(
        "line " + number,
        () ->
            sockets.readers().stream()
                    .filter(reader -> reader.isOpen() && reader.last >= number)
                    .count()
                >= howMany);
  }

  private void await(String what, Supplier<Boolean> condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!ask(condition)) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(name + ": waited in vain for " + what);
      }
      pause(Duration.ofMillis(5));
    }
  }

  private void run(Runnable task) {
    ask(
        () -> {
          task.run();
          return true;
        });
  }

  private <T> T ask(Supplier<T> question) {
    return sockets.ask(question);
  }

  @Override
  public void close() {
    sockets.close();
  }
}
