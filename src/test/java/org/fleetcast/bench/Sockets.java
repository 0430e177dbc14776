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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The sockets of many readers, served by one thread: little enough work to leave the machine to who
 * is measured. Everything but {@link #ask} and {@link #close} is for that thread.
 */
final class Sockets implements AutoCloseable {
  private static final int UNDER_WAY = 200;

  /** How long who comes back leaves the server alone. */
  private static final long BACK_AFTER = TimeUnit.MILLISECONDS.toNanos(200);

  /** Not what the kernel would grow to, so that one who stops reading is soon felt. */
  private static final int RECEIVE_BUFFER = 64 * 1024;

  private final int port;
  private final Readers.Request request;
  private final Reader.Heard heard;
  private final Selector selector;
  private final Queue<Runnable> asked = new ConcurrentLinkedQueue<>();
  private final Queue<Boolean> toOpen = new ArrayDeque<>();
  private final List<Reader> readers = new ArrayList<>();
  private final Queue<Gone> gone = new ArrayDeque<>();
  private final ByteBuffer in = ByteBuffer.allocateDirect(256 * 1024);
  private final byte[] text = new byte[1 << 20];
  private final Thread thread = new Thread(this::run, "bench-readers");
  private long firstPassing;
  private int passingPerSecond;
  private long passingOpened;
  private int underWay;
  private boolean returning;
  private long named;
  private int served;
  private int refused;
  private volatile boolean closed;

  Sockets(int port, Readers.Request request, Reader.Heard heard) {
    this.port = port;
    this.request = request;
    this.heard = heard;
    try {
      selector = Selector.open();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    thread.setDaemon(true);
    thread.start();
  }

  /** One who will come back, and when. */
  private record Gone(Reader reader, long due) {}

  /** Asks the thread, between two rounds of reading. */
  <T> T ask(Supplier<T> question) {
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

  List<Reader> readers() {
    return readers;
  }

  /** How many of those who pass were let in. */
  int served() {
    return served;
  }

  int refused() {
    return refused;
  }

  /** How many were answered, in whatever way. */
  int answered() {
    return (int) readers.stream().filter(reader -> reader.status != 0).count() + refused;
  }

  void forgetCounts() {
    served = 0;
    refused = 0;
  }

  /** Opens so many more, a few at once. */
  void open(int more) {
    for (int i = 0; i < more; i++) {
      toOpen.add(false);
    }
  }

  /** Lets so many come and go each second from now on. */
  void passing(int perSecond) {
    firstPassing = System.nanoTime();
    passingPerSecond = perSecond;
    passingOpened = 0;
  }

  /** Whoever ends from now on comes back, after the last event. */
  void returning() {
    returning = true;
  }

  /** Waits for these operations of its socket only; for none, it reads nothing. */
  void interest(Reader reader, int operations) {
    reader.stopped = operations == 0;
    SelectionKey key = reader.channel.keyFor(selector);
    if (key != null && key.isValid()) {
      key.interestOps(operations);
    }
  }

  private void run() {
    try {
      while (!closed) {
        for (Runnable next = asked.poll(); next != null; next = asked.poll()) {
          next.run();
        }
        openSome();
        selector.select(passingPerSecond > 0 ? 1 : returning ? 20 : 100);
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
      connect(new Reader(channel(), ++named, toOpen.remove(), heard));
    }
    long now = System.nanoTime();
    while (underWay < UNDER_WAY && !gone.isEmpty() && gone.element().due - now <= 0) {
      connect(gone.remove().reader.returned(channel()));
    }
  }

  private static SocketChannel channel() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
    return channel;
  }

  private void connect(Reader reader) throws IOException {
    readers.add(reader);
    underWay++;
    reader.channel.register(selector, SelectionKey.OP_CONNECT, reader);
    reader.channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private void turn(SelectionKey key) {
    Reader reader = (Reader) key.attachment();
    try {
      if (key.isConnectable()) {
        reader.channel.finishConnect();
        reader.channel.write(ByteBuffer.wrap(head(reader)));
        key.interestOps(SelectionKey.OP_READ);
      } else if (key.isReadable()) {
        read(reader);
      }
    } catch (IOException broken) {
      end(reader);
    }
  }

  private byte[] head(Reader reader) {
    String last = reader.lastId.isEmpty() ? "" : "Last-Event-ID: " + reader.lastId + "\r\n";
    String head =
        "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nAccept: text/event-stream\r\n%s%s\r\n"
            .formatted(
                request.path().replace("{n}", Long.toString(reader.number)),
                port,
                last,
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
    if (returning) {
      readers.remove(reader);
      gone.add(new Gone(reader, System.nanoTime() + BACK_AFTER));
    } else if (reader.status != 200) {
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
