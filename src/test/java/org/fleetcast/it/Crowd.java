package org.fleetcast.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Many connections to the server, each of which asks one thing in its own way; one thread drives
 * them all, which leaves the machine to the server. They come from a loopback address of their own,
 * so that a bound for an address is not met by anybody else.
 */
final class Crowd implements Burden {
  private static final Duration TICK = Duration.ofMillis(50);
  private static final int TICKS_A_SECOND = 20;
  private static final int OPENED_A_TICK = 100;
  private static final long STOP_LIMIT_SECONDS = 10;

  /** Who reads slowly has little room, so that the server feels it. */
  private static final int SMALL_BUFFER = 16 * 1024;

  private final int port;
  private final CrowdPlan plan;
  private final byte[] more;
  private final Selector selector;
  private final List<Visitor> visitors = new ArrayList<>();
  private final Map<String, Integer> ends = new TreeMap<>();
  private final ByteBuffer in = ByteBuffer.allocate(64 * 1024);
  private final Thread thread;
  private long begun;
  private int opened;
  private volatile boolean over;
  private volatile boolean closed;

  private Crowd(int port, CrowdPlan plan) throws IOException {
    this.port = port;
    this.plan = plan;
    this.more = plan.more().getBytes(StandardCharsets.ISO_8859_1);
    this.selector = Selector.open();
    this.thread = new Thread(this::run, "crowd-" + plan.host());
    thread.setDaemon(true);
  }

  static Crowd before(int port, CrowdPlan plan) throws IOException {
    Crowd crowd = new Crowd(port, plan);
    crowd.thread.start();
    return crowd;
  }

  @Override
  public boolean isOver() {
    return over;
  }

  /** Known once it is closed. */
  @Override
  public String outcome() {
    return ends.entrySet().stream()
        .map(end -> end.getValue() + " x " + end.getKey())
        .collect(Collectors.joining(", "));
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(STOP_LIMIT_SECONDS));
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    begun = System.nanoTime();
    long nextTick = begun;
    try {
      while (!closed) {
        selector.select(Math.max(1, (nextTick - System.nanoTime()) / 1_000_000));
        Set<SelectionKey> ready = selector.selectedKeys();
        for (SelectionKey key : ready) {
          turn((Visitor) key.attachment(), key);
        }
        ready.clear();
        if (System.nanoTime() >= nextTick) {
          nextTick = System.nanoTime() + TICK.toNanos();
          tick();
        }
      }
      List.copyOf(visitors).forEach(this::leave);
      selector.close();
    } catch (IOException failure) {
      ends.merge("failure of the crowd itself: " + failure, 1, Integer::sum);
    }
  }

  private void tick() throws IOException {
    long now = System.nanoTime();
    long coming = plan.atOnce() + (now - begun) / 1_000_000 * plan.perSecond() / 1_000;
    long allowed = Math.min(plan.total(), coming);
    for (int i = 0; i < OPENED_A_TICK && opened < allowed && visitors.size() < plan.atOnce(); i++) {
      come();
    }
    for (Visitor visitor : visitors) {
      visitor.tick(now);
    }
    over = visitors.isEmpty() && opened >= plan.total();
  }

  private void come() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    if (plan.readPerSecond() < SMALL_BUFFER) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
    }
    Visitor visitor = new Visitor(channel, plan.head().apply(opened++));
    visitors.add(visitor);
    try {
      channel.bind(new InetSocketAddress("127.0.0." + plan.host(), 0));
      channel.register(selector, SelectionKey.OP_CONNECT, visitor);
      channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException refused) {
      leave(visitor);
    }
  }

  private void turn(Visitor visitor, SelectionKey key) {
    try {
      if (key.isConnectable()) {
        visitor.channel.finishConnect();
        visitor.connected();
      } else if (key.isReadable() && !visitor.read(in)) {
        leave(visitor);
      } else if (key.isValid() && key.isWritable()) {
        visitor.write();
      }
    } catch (IOException cut) {
      leave(visitor);
    }
  }

  private void leave(Visitor visitor) {
    visitors.remove(visitor);
    ends.merge(visitor.end(closed), 1, Integer::sum);
    try {
      visitor.channel.close();
    } catch (IOException gone) {
      return; // which is what was wanted
    }
  }

  /** One connection. */
  private final class Visitor {
    /** "HTTP/1.1 200" */
    private static final int STATUS_FROM = 9;

    private static final int STATUS_TO = 12;

    private final SocketChannel channel;
    private final byte[] start = new byte[STATUS_TO];
    private ByteBuffer out;
    private int sent;
    private long due = Long.MAX_VALUE;
    private int heard;
    private long mayRead;
    private boolean connected;

    Visitor(SocketChannel channel, String head) {
      this.channel = channel;
      this.out = ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1));
    }

    void connected() {
      connected = true;
      mayRead = share();
      key().interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    void tick(long now) {
      if (connected && mayRead < share()) {
        mayRead = share();
        key().interestOpsOr(SelectionKey.OP_READ);
      }
      if (now >= due) {
        due = Long.MAX_VALUE;
        again();
      }
    }

    private SelectionKey key() {
      return Objects.requireNonNull(channel.keyFor(selector));
    }

    private long share() {
      return Math.max(1, plan.readPerSecond() / TICKS_A_SECOND);
    }

    void write() throws IOException {
      channel.write(out);
      if (out.hasRemaining()) {
        return;
      }
      if (sent < plan.times() && plan.pause().isZero()) {
        again();
      } else {
        key().interestOpsAnd(~SelectionKey.OP_WRITE);
        due = sent < plan.times() ? System.nanoTime() + plan.pause().toNanos() : Long.MAX_VALUE;
      }
    }

    private void again() {
      sent++;
      out = ByteBuffer.wrap(more);
      key().interestOpsOr(SelectionKey.OP_WRITE);
    }

    /** False at the end of the stream. */
    boolean read(ByteBuffer into) throws IOException {
      into.clear().limit((int) Math.min(into.capacity(), mayRead));
      int got = channel.read(into);
      if (got < 0) {
        return false;
      }
      int wanted = Math.min(got, STATUS_TO - heard);
      into.flip().get(start, heard, wanted);
      heard += wanted;
      mayRead -= got;
      if (mayRead <= 0) {
        key().interestOpsAnd(~SelectionKey.OP_READ);
      }
      return true;
    }

    String end(boolean byUs) {
      if (heard == STATUS_TO) {
        return new String(start, STATUS_FROM, STATUS_TO - STATUS_FROM, StandardCharsets.US_ASCII);
      }
      if (byUs) {
        return "unanswered";
      }
      return connected ? "cut" : "refused";
    }
  }
}
