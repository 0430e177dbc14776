package org.fleetcast.live.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SocketTransportTest {
  private static final Duration SOON = Duration.ofMinutes(1);

  /** For readers who are not to be closed, however slow the machine is. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Duration DEADLINE = Duration.ofSeconds(1);

  /** More than the kernel keeps for a reader that stops. */
  private static final int MANY = 400;

  private static final byte[] LARGE = "x".repeat(60_000).getBytes(StandardCharsets.US_ASCII);

  private final EventLoop loop = loop(PATIENCE);
  private final Thread thread = new Thread(loop);

  @AutoClose private final ServerSocketChannel door = door();

  @BeforeEach
  void start() {
    thread.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    loop.stop();
    thread.join();
  }

  private static EventLoop loop(Duration deadline) {
    return new EventLoop(deadline, new InternalFaults(where -> {}, SteadyClock.INSTANCE));
  }

  private static ServerSocketChannel door() {
    try {
      return ServerSocketChannel.open()
          .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Both ends of a connection. */
  private record Pair(SocketChannel reader, SocketChannel writer) implements AutoCloseable {
    InputStream in() throws IOException {
      return reader.socket().getInputStream();
    }

    @Override
    public void close() throws IOException {
      reader.close();
      writer.close();
    }
  }

  private Pair pair() throws IOException {
    SocketChannel reader = SocketChannel.open(door.getLocalAddress());
    SocketChannel writer = door.accept();
    writer.configureBlocking(false);
    return new Pair(reader, writer);
  }

  /** Sends so many pieces, one after another, each behind its number. */
  private final class Sender implements Runnable {
    private final StreamTransport wire;
    private final int count;
    private final byte[] piece;
    private int next;
    private volatile boolean stalled;
    final CompletableFuture<Void> done = new CompletableFuture<>();

    Sender(SocketChannel to, int count, byte[] piece) {
      this(to, loop, count, piece);
    }

    Sender(SocketChannel to, EventLoop by, int count, byte[] piece) {
      this.wire = new SocketTransport(to, by);
      this.count = count;
      this.piece = piece;
      wire.execute(this);
    }

    @Override
    public void run() {
      try {
        stalled = !wire.sendRest(this);
        while (!stalled && next < count) {
          stalled = !wire.send(List.of(bytes(next++ + " "), piece), this);
        }
        if (!stalled) {
          done.complete(null);
        }
      } catch (IOException gone) {
        done.completeExceptionally(gone);
      }
    }
  }

  /** Says hello, and is run again only when its reader leaves. */
  private final class Leaving implements Runnable {
    private final StreamTransport wire;
    private boolean saidHello;
    final CompletableFuture<Void> told = new CompletableFuture<>();

    Leaving(SocketChannel to) {
      this.wire = new SocketTransport(to, loop);
      wire.execute(this);
    }

    @Override
    public void run() {
      try {
        if (saidHello) {
          wire.sendRest(this);
        }
        saidHello = wire.send(List.of(bytes("hello")), this);
      } catch (IOException left) {
        told.complete(null);
      }
    }

    /** Ends the stream and waits until that is done. */
    void end() {
      CompletableFuture.runAsync(this::endHere, loop).join();
    }

    private void endHere() {
      try {
        wire.end();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** A reader that takes all would else keep the loop for as long as it has something to take. */
  @Test
  void one_large_piece_leaves_the_others_their_turn() throws Exception {
    EventLoop idle = loop(PATIENCE);
    byte[] large = new byte[10 * idle.room().capacity()];
    try (Pair pair = pair()) {
      boolean sent = new SocketTransport(pair.writer, idle).send(List.of(large), () -> {});
      pair.writer.close();

      assertThat(sent).isFalse();
      assertThat(pair.in().readAllBytes()).hasSize(idle.room().capacity());
    }
  }

  @Test
  void pieces_that_are_sent_together_are_one_chunk() throws IOException {
    try (Pair pair = pair()) {
      new Sender(pair.writer, 2, bytes("data: e\n\n")).done.join();
      assertThat(new String(pair.in().readNBytes(32), StandardCharsets.US_ASCII))
          .isEqualTo("b\r\n0 data: e\n\n\r\nb\r\n1 data: e\n\n\r\n");
    }
  }

  @Test
  void what_a_reader_did_not_take_it_gets_in_order_when_it_reads_again() throws IOException {
    try (Pair pair = pair()) {
      Sender sender = new Sender(pair.writer, MANY, LARGE);
      Awaitility.await().atMost(SOON).until(() -> sender.stalled);
      BufferedReader in =
          new BufferedReader(new InputStreamReader(pair.in(), StandardCharsets.US_ASCII));
      for (int number = 0; number < MANY; number++) {
        String size = in.readLine();
        String chunk = in.readLine();
        assertThat(Integer.parseInt(size, 16)).isEqualTo(chunk.length());
        assertThat(chunk).startsWith(number + " x").hasSize((number + " ").length() + LARGE.length);
      }
      sender.done.join();
    }
  }

  @Test
  void a_piece_larger_than_a_write_is_one_chunk_too() throws IOException {
    try (Pair pair = pair()) {
      byte[] larger = "y".repeat(300_000).getBytes(StandardCharsets.US_ASCII);
      Sender sender = new Sender(pair.writer, 1, larger);
      assertThat(pair.in().readNBytes(7)).isEqualTo(bytes("493e2\r\n"));
      assertThat(pair.in().readNBytes(300_004)).startsWith(bytes("0 yy")).endsWith(bytes("y\r\n"));
      sender.done.join();
    }
  }

  @Test
  void a_reader_that_takes_nothing_is_closed_after_the_deadline_and_delays_nobody()
      throws InterruptedException {
    EventLoop strict = loop(DEADLINE);
    Thread strictThread = new Thread(strict);
    strictThread.start();
    try {
      Awaitility.await().atMost(SOON).until(() -> servedBesideOneThatIsClosedLater(strict));
    } finally {
      strict.stop();
      strictThread.join();
    }
  }

  /** Whether the other was served first: not, if the machine stood still for the deadline. */
  private boolean servedBesideOneThatIsClosedLater(EventLoop strict) throws IOException {
    try (Pair stopped = pair();
        Pair other = pair()) {
      long start = System.nanoTime();
      Sender sender = new Sender(stopped.writer, strict, MANY, LARGE);
      Awaitility.await().atMost(SOON).until(() -> sender.stalled);
      new Sender(other.writer, strict, 1, bytes("hello")).done.join();
      assertThat(other.in().readNBytes(12)).isEqualTo(bytes("7\r\n0 hello\r\n"));
      boolean first = !sender.done.isDone();
      assertThat(sender.done)
          .failsWithin(SOON)
          .withThrowableThat()
          .havingCause()
          .isInstanceOf(IOException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(DEADLINE.dividedBy(2));
      assertThat(stopped.writer.isOpen()).isFalse();
      return first;
    }
  }

  @Test
  void a_task_is_told_when_somebody_else_closes_its_socket() throws IOException {
    try (Pair pair = pair()) {
      Sender sender = new Sender(pair.writer, MANY, LARGE);
      Awaitility.await().atMost(SOON).until(() -> sender.stalled);
      pair.writer.close();
      assertThat(sender.done).failsWithin(SOON);
    }
  }

  @Test
  void a_task_is_told_at_once_when_its_reader_leaves() throws IOException {
    try (Pair pair = pair()) {
      Leaving reader = new Leaving(pair.writer);
      assertThat(pair.in().readNBytes(10)).isEqualTo(bytes("5\r\nhello\r\n"));
      pair.reader.close();
      assertThat(reader.told).succeedsWithin(SOON);
    }
  }

  @Test
  void a_connection_whose_reader_sent_something_serves_no_further_request() {
    Awaitility.await().atMost(SOON).until(this::closedAtTheEnd);
  }

  /** Not, if the end was faster than what the reader sent. */
  private boolean closedAtTheEnd() throws IOException {
    try (Pair pair = pair()) {
      Leaving reader = new Leaving(pair.writer);
      pair.in().readNBytes(10);
      pair.reader.write(ByteBuffer.wrap(bytes("GET /api/health HTTP/1.1\r\n\r\n")));
      CompletableFuture.runAsync(() -> {}, loop).join();
      reader.end();
      return !pair.writer.isOpen();
    }
  }

  @Test
  void after_the_end_what_a_reader_sends_is_left_to_the_container() throws IOException {
    try (Pair pair = pair()) {
      Leaving reader = new Leaving(pair.writer);
      pair.in().readNBytes(10);
      reader.end();
      pair.reader.write(ByteBuffer.wrap(bytes("next")));
      pair.reader.shutdownOutput();
      ByteBuffer next = ByteBuffer.allocate(8);
      Awaitility.await().atMost(SOON).until(() -> pair.writer.read(next) < 0);
      assertThat(next.flip()).isEqualTo(ByteBuffer.wrap(bytes("next")));
      assertThat(reader.told).isNotDone();
    }
  }
}
