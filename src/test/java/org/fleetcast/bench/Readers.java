package org.fleetcast.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * Many streams read by one thread: little enough work to leave the machine to who is measured. What
 * it has heard is asked for between, on that thread.
 */
final class Readers implements AutoCloseable {
  private static final int UNDER_WAY = 200;

  /** Not what the kernel would grow to, so that one who stops reading is soon felt. */
  private static final int RECEIVE_BUFFER = 64 * 1024;

  private static final long LIMIT_SECONDS = 120;

  private final Side side;
  private final Request request;
  private final Selector selector;
  private final Queue<Runnable> asked = new ConcurrentLinkedQueue<>();
  private final Queue<Boolean> toOpen = new ArrayDeque<>();
  private final List<Reader> readers = new ArrayList<>();
  private final ByteBuffer in = ByteBuffer.allocateDirect(256 * 1024);
  private final byte[] text = new byte[1 << 20];
  private final Thread thread = new Thread(this::run, "bench-readers");
  private final Count count = new Count();

  private Histogram latency = histogram();
  private long since = Long.MAX_VALUE;
  private long firstPassing;
  private int passingPerSecond;
  private long passingOpened;
  private int underWay;
  private long named;
  private int served;
  private int refused;
  private volatile boolean closed;

  /**
   * What a reader asks for.
   *
   * @param path in which {@code {n}} is another number for each
   * @param headers with their line ends
   */
  record Request(String path, String headers) {}

  /** What was heard of the messages sent since the last {@link #listen()}. */
  record Heard(
      Histogram latency,
      long lines,
      long missing,
      long doubled,
      long gaps,
      int open,
      int served,
      int refused) {}

  private final class Count implements Reader.Heard {
    private long now;
    private long nudges;
    private long lastNudge;

    @Override
    public void line(long sent) {
      if (sent >= since) {
        latency.recordValue(Math.max(0, now - sent));
      }
    }

    @Override
    public void nudge() {
      nudges++;
      lastNudge = now;
    }
  }

  Readers(Side side) {
    this(side, side.request());
  }

  Readers(Side side, Request request) {
    this.side = side;
    this.request = request;
    try {
      selector = Selector.open();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    thread.setDaemon(true);
    thread.start();
  }

  private static Histogram histogram() {
    return new Histogram(TimeUnit.MINUTES.toNanos(2), 3);
  }

  /** Opens so many more streams and waits until all are answered. */
  Readers open(int more) {
    int before = ask(this::answered);
    run(
        () -> {
          for (int i = 0; i < more; i++) {
            toOpen.add(false);
          }
        });
    await("streams to open", () -> answered() - before >= more);
    return this;
  }

  private int answered() {
    return (int) readers.stream().filter(reader -> reader.status != 0).count() + refused;
  }

  /** Lets so many come and go each second from now on. */
  void passing(int perSecond) {
    run(
        () -> {
          firstPassing = System.nanoTime();
          passingPerSecond = perSecond;
          passingOpened = 0;
        });
  }

  /** From now on these read nothing. */
  void stall(int howMany) {
    run(() -> readers.stream().limit(howMany).forEach(reader -> interest(reader, 0)));
  }

  /** All read again. */
  void goOn() {
    run(() -> readers.forEach(reader -> interest(reader, SelectionKey.OP_READ)));
  }

  private void interest(Reader reader, int operations) {
    reader.stopped = operations == 0;
    SelectionKey key = reader.channel.keyFor(selector);
    if (key != null && key.isValid()) {
      key.interestOps(operations);
    }
  }

  /** Forgets what was heard so far; counts what is sent from now on. */
  void listen() {
    run(
        () -> {
          since = System.nanoTime();
          latency = histogram();
          for (Reader reader : readers) {
            reader.received = 0;
            reader.missing = 0;
            reader.doubled = 0;
            reader.gaps = 0;
          }
          served = 0;
          refused = 0;
        });
  }

  Heard heard() {
    return ask(
        () ->
            new Heard(
                latency.copy(),
                latency.getTotalCount(),
                readers.stream().mapToLong(reader -> reader.missing).sum(),
                readers.stream().mapToLong(reader -> reader.doubled).sum(),
                readers.stream().mapToLong(reader -> reader.gaps).sum(),
                (int) readers.stream().filter(reader -> reader.isOpen()).count(),
                served,
                refused));
  }

  /** What those who were stalled have got: a gap or an end each. */
  long toldOfLoss() {
    return ask(
        () -> readers.stream().filter(reader -> reader.gaps > 0 || !reader.isOpen()).count());
  }

  /** How many lines the slowest of those who read has. */
  long slowest() {
    return ask(
        () ->
            readers.stream()
                .filter(reader -> reader.isOpen() && !reader.stopped)
                .mapToLong(reader -> reader.received)
                .min()
                .orElse(0));
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

  private void await(String what, Supplier<Boolean> condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!ask(condition)) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(side.name() + ": waited in vain for " + what);
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
    CompletableFuture<T> answer = new CompletableFuture<>();
    asked.add(
        () -> {
          try {
            answer.complete(question.get());
          } catch (RuntimeException failure) {
            answer.completeExceptionally(failure);
          }
        });
    selector.wakeup();
    return answer.join();
  }

  private void run() {
    try {
      while (!closed) {
        for (Runnable next = asked.poll(); next != null; next = asked.poll()) {
          next.run();
        }
        openSome();
        selector.select(passingPerSecond > 0 ? 1 : 100);
        Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
        while (ready.hasNext()) {
          turn(ready.next());
          ready.remove();
        }
      }
      for (Reader reader : readers) {
        reader.channel.close();
      }
      selector.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void openSome() throws IOException {
    if (passingPerSecond > 0) {
      double seconds = (System.nanoTime() - firstPassing) / 1e9;
      for (; passingOpened < seconds * passingPerSecond; passingOpened++) {
        toOpen.add(true);
      }
    }
    while (underWay < UNDER_WAY && !toOpen.isEmpty()) {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
      Reader reader = new Reader(channel, toOpen.remove(), count);
      readers.add(reader);
      underWay++;
      channel.register(selector, SelectionKey.OP_CONNECT, reader);
      channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), side.port()));
    }
  }

  private void turn(SelectionKey key) {
    Reader reader = (Reader) key.attachment();
    try {
      if (key.isConnectable()) {
        reader.channel.finishConnect();
        reader.channel.write(ByteBuffer.wrap(head()));
        key.interestOps(SelectionKey.OP_READ);
      } else if (key.isReadable()) {
        read(reader);
      }
    } catch (IOException broken) {
      end(reader);
    }
  }

  private byte[] head() {
    String head =
        "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nAccept: text/event-stream\r\n%s\r\n"
            .formatted(
                request.path().replace("{n}", Long.toString(++named)),
                side.port(),
                request.headers());
    return head.getBytes(StandardCharsets.US_ASCII);
  }

  private void read(Reader reader) throws IOException {
    in.clear();
    int got = reader.channel.read(in);
    if (got < 0) {
      end(reader);
      return;
    }
    count.now = System.nanoTime();
    in.flip();
    boolean before = reader.status != 0;
    reader.take(in, text);
    if (!before && reader.status != 0) {
      underWay--;
      if (reader.status != 200) {
        end(reader);
      } else if (reader.passing) {
        served++;
        end(reader);
      }
    }
  }

  private void end(Reader reader) {
    if (reader.status == 0) {
      underWay--;
    }
    if (reader.status != 200) {
      refused++;
      readers.remove(reader);
    }
    if (reader.passing) {
      readers.remove(reader);
    }
    reader.status = reader.status == 200 ? -1 : reader.status;
    try {
      reader.channel.close();
    } catch (IOException gone) {
      return; // which is what was wanted
    }
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
