package org.fleetcast.live.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.event.Startup;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Kills the loop from inside, in every way that it has. */
class EventLoopTest {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final Duration DEADLINE = Duration.ofMinutes(1);

  private final Queue<String> counted = new ConcurrentLinkedQueue<>();
  private final InternalFaults faults = new InternalFaults(counted::add, SteadyClock.INSTANCE);
  private final AtomicInteger selectorsLeft = new AtomicInteger(Integer.MAX_VALUE);
  private final Queue<Selector> selectors = new ConcurrentLinkedQueue<>();
  private final EventLoop loop = newLoop();
  private final Transports wires =
      new Transports(
          Stub.of(
              ManagedThreadFactory.class, Map.of("newThread", a -> new Thread((Runnable) a[0]))),
          new ServletWriterPool(Stub.of(ManagedThreadFactory.class), faults),
          faults,
          List.of(loop));

  @AfterEach
  void stop() {
    wires.stop();
  }

  private EventLoop newLoop() {
    return new EventLoop(
        DEADLINE,
        faults,
        () -> {
          if (selectorsLeft.getAndDecrement() <= 0) {
            throw new IOException("injected: no descriptor is left");
          }
          Selector opened = Selector.open();
          selectors.add(opened);
          return opened;
        });
  }

  private static void injected() {
    throw new StackOverflowError("injected");
  }

  /** A connection whose near end is watched by the loop. */
  private final class Watched implements SocketWatch.Watcher, AutoCloseable {
    private final SocketChannel near;
    private final SocketChannel far;
    private final boolean throwing;
    private volatile String read = "";
    private volatile boolean ended;

    Watched(boolean throwing) throws IOException {
      this.throwing = throwing;
      InetAddress loopback = InetAddress.getLoopbackAddress();
      try (ServerSocketChannel door =
          ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0))) {
        far = SocketChannel.open(door.getLocalAddress());
        near = door.accept();
      }
      near.configureBlocking(false);
      CompletableFuture.runAsync(this::begin, loop).join();
    }

    private void begin() {
      try {
        loop.watch(near, this);
      } catch (IOException closed) {
        throw new IllegalStateException(closed);
      }
    }

    void say(String text) throws IOException {
      far.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
    }

    @Override
    public void readable() {
      if (throwing) {
        injected();
      }
      ByteBuffer room = ByteBuffer.allocate(100);
      try {
        near.read(room);
      } catch (IOException gone) {
        return;
      }
      read += US_ASCII.decode(room.flip());
    }

    @Override
    public void writable() {
      ended = !near.isOpen();
      if (throwing) {
        injected();
      }
    }

    @Override
    public void close() throws IOException {
      near.close();
      far.close();
    }
  }

  @Test
  void a_task_that_throws_an_error_ends_only_itself() {
    wires.start(new Startup());
    loop.execute(EventLoopTest::injected);
    assertThat(CompletableFuture.runAsync(() -> {}, loop)).succeedsWithin(SOON);
    assertThat(counted).containsExactly("event loop");
  }

  @Test
  void a_watcher_that_throws_ends_only_its_own_socket() throws IOException {
    wires.start(new Startup());
    try (Watched bad = new Watched(true);
        Watched good = new Watched(false)) {
      bad.say("x");
      Awaitility.await().atMost(SOON).until(() -> bad.ended);
      good.say("hello");
      Awaitility.await().atMost(SOON).until(() -> good.read.equals("hello"));
      assertThat(bad.near.isOpen()).isFalse();
      assertThat(good.near.isOpen()).isTrue();
    }
  }

  @Test
  void a_selector_that_is_closed_under_it_is_replaced_and_all_sockets_stay() throws IOException {
    wires.start(new Startup());
    try (Watched viewer = new Watched(false)) {
      selectors.element().close();
      Awaitility.await().atMost(SOON).until(() -> selectors.size() == 2);
      viewer.say("hello");
      Awaitility.await().atMost(SOON).until(() -> viewer.read.equals("hello"));
      assertThat(counted).contains("event loop");
      assertThat(faults.whatEnded()).isNull();
    }
  }

  @Test
  void an_interrupt_that_somebody_left_behind_closes_no_socket() throws IOException {
    wires.start(new Startup());
    try (Watched viewer = new Watched(false)) {
      loop.execute(() -> Thread.currentThread().interrupt());
      viewer.say("hello");
      Awaitility.await().atMost(SOON).until(() -> viewer.read.equals("hello"));
    }
  }

  @Test
  void a_loop_that_cannot_go_on_ends_its_streams_and_liveness_falls_with_the_last()
      throws Exception {
    wires.start(new Startup());
    try (Watched viewer = new Watched(false)) {
      selectorsLeft.set(0);
      selectors.element().close();
      Awaitility.await().atMost(SOON).until(() -> viewer.ended);
      Awaitility.await().atMost(SOON).until(() -> faults.whatEnded() != null);
      assertThatThrownBy(() -> loop.execute(() -> {}))
          .isInstanceOf(RejectedExecutionException.class);
      assertThat(wires.of(request())).isInstanceOf(ContainerTransport.class);
    }
  }

  private static AsyncContext request() {
    HttpServletResponse response = Stub.of(HttpServletResponse.class);
    return Stub.of(AsyncContext.class, Map.of("getResponse", a -> response));
  }

  @Test
  void a_loop_that_ended_takes_no_further_streams_while_others_go_on() {
    EventLoop broken = newLoop();
    EventLoop other = newLoop();
    List<EventLoop> both = List.of(broken, other);
    selectorsLeft.set(0);
    selectors.forEach(EventLoopTest::close);
    broken.run();
    assertThat(both).filteredOn(EventLoop::isRunning).containsExactly(other);
    assertThat(faults.whatEnded()).isNull();
  }

  private static void close(Selector selector) {
    try {
      selector.close();
    } catch (IOException broken) {
      throw new IllegalStateException(broken);
    }
  }
}
