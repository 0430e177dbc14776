package org.fleetcast.live.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.fleetcast.problem.InternalFaults;

/**
 * One thread that runs what its streams have to send, and waits for all of their sockets at once:
 * until they take bytes again, or have something to say. A socket that takes nothing for the write
 * deadline is closed.
 *
 * <p>Whatever a task or a watcher throws ends at most its own stream. A selector that fails is
 * replaced; a loop that cannot have another ends its streams, whose readers find another loop when
 * they come back.
 */
final class EventLoop implements Executor, Runnable {
  private static final String WHERE = "event loop";
  private static final Duration LOOK = Duration.ofMillis(500);

  /** Tasks until the next look at the sockets. */
  private static final int AT_ONCE = 1_000;

  private static final int ROOM = 80 * 1024;

  /** So many turns that fail one after another, so far apart, are the end of the loop. */
  private static final int FAILURES = 20;

  private static final Duration PAUSE = Duration.ofMillis(50);

  private final Duration deadline;
  private final InternalFaults faults;
  private final Selectors selectors;
  private final ByteBuffer room = ByteBuffer.allocateDirect(ROOM);
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean asleep = new AtomicBoolean();
  private final Set<SocketWatch> watches = new HashSet<>();
  private final Map<SocketWatch, Long> stalledSince = new HashMap<>();
  private long looked = System.nanoTime();
  private volatile Selector selector;
  private volatile boolean stopped;

  /** Where selectors come from. */
  interface Selectors {
    Selector open() throws IOException;
  }

  EventLoop(Duration deadline, InternalFaults faults) {
    this(deadline, faults, Selector::open);
  }

  EventLoop(Duration deadline, InternalFaults faults, Selectors selectors) {
    this.deadline = deadline;
    this.faults = faults;
    this.selectors = selectors;
    this.selector = open(selectors);
  }

  private static Selector open(Selectors selectors) {
    try {
      return selectors.open();
    } catch (IOException noDescriptor) {
      throw new UncheckedIOException(noDescriptor);
    }
  }

  @Override
  public void execute(Runnable task) {
    requireRunning();
    tasks.add(task);
    if (stopped && tasks.remove(task)) {
      requireRunning(); // it ended meanwhile, and nobody took the task
    }
    if (asleep.get() && asleep.compareAndSet(true, false)) {
      selector.wakeup();
    }
  }

  private void requireRunning() {
    if (stopped) {
      throw new RejectedExecutionException("The event loop has ended");
    }
  }

  /** Empty memory to read into or to write from, for the task that runs. */
  ByteBuffer room() {
    return room.clear();
  }

  /**
   * Waits for what the socket has to say, until {@link #leave}. For tasks of this loop only.
   *
   * @throws ClosedChannelException when it is closed already
   */
  SocketWatch watch(SocketChannel socket, SocketWatch.Watcher watcher)
      throws ClosedChannelException {
    SocketWatch watch = new SocketWatch(socket, watcher, selector);
    watches.add(watch);
    return watch;
  }

  /** Waits until a watched socket takes bytes again. For tasks of this loop only. */
  void awaitWritable(SocketWatch socket) {
    socket.await(SelectionKey.OP_WRITE);
    stalledSince.put(socket, System.nanoTime());
  }

  /** Leaves the socket alone from now on. For tasks of this loop only. */
  void leave(SocketWatch socket) {
    socket.cancel();
    watches.remove(socket);
  }

  void stop() {
    stopped = true;
    selector.wakeup();
  }

  /** Whether it takes tasks. */
  boolean isRunning() {
    return !stopped;
  }

  @Override
  public void run() {
    int failures = 0;
    while (!stopped && failures < FAILURES) {
      try {
        turn();
        failures = 0;
      } catch (Throwable fault) {
        faults.survived(WHERE, fault);
        failures++;
        faults.guard(WHERE, this::replaceSelector);
      }
    }
    if (!stopped) {
      giveUp();
    }
    faults.guard(WHERE, this::closeSelector);
  }

  private void turn() throws IOException {
    Thread.interrupted(); // a selector would not wait, and a write would close
    runTasks();
    asleep.set(true);
    if (tasks.isEmpty()) {
      selector.select(this::ready, LOOK.toMillis());
    } else {
      selector.selectNow(this::ready);
    }
    asleep.set(false);
    lookAround(System.nanoTime());
  }

  private void runTasks() {
    Runnable task = tasks.poll();
    for (int ran = 1; task != null; ran++) {
      faults.guard(WHERE, task);
      task = ran < AT_ONCE ? tasks.poll() : null;
    }
  }

  private void ready(SelectionKey key) {
    SocketWatch socket = (SocketWatch) key.attachment();
    try {
      if (key.isReadable()) {
        socket.watcher().readable();
      }
      if (key.isWritable()) {
        socket.ignore(SelectionKey.OP_WRITE);
        goOn(socket);
      }
    } catch (CancelledKeyException closed) {
      faults.guard(WHERE, () -> goOn(socket)); // by its watcher, or by somebody else just now
    } catch (Throwable fault) {
      faults.survived(WHERE, fault);
      end(socket);
    }
  }

  private void goOn(SocketWatch socket) {
    if (stalledSince.remove(socket) != null) {
      socket.watcher().writable();
    }
  }

  /** Now and then: a socket that somebody closed meanwhile is no longer selected. */
  private void lookAround(long now) {
    if (now - looked < LOOK.toNanos()) {
      return;
    }
    looked = now;
    List<SocketWatch> over =
        stalledSince.entrySet().stream()
            .filter(each -> !each.getKey().isOpen() || now - each.getValue() > deadline.toNanos())
            .map(Map.Entry::getKey)
            .toList();
    over.forEach(this::end);
    watches.removeIf(socket -> !socket.isOpen());
  }

  /** Closes the socket and has its watcher find out. */
  private void end(SocketWatch socket) {
    socket.close();
    stalledSince.remove(socket);
    faults.guard(WHERE, socket.watcher()::writable);
  }

  private void replaceSelector() {
    LockSupport.parkNanos(PAUSE.toNanos());
    closeSelector();
    selector = open(selectors);
    for (SocketWatch socket : List.copyOf(watches)) {
      try {
        socket.moveTo(selector);
      } catch (IOException | RuntimeException closed) {
        end(socket);
      }
    }
  }

  private void closeSelector() {
    try {
      selector.close();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  /** Its streams end, so that their readers come back on another loop. */
  private void giveUp() {
    stopped = true;
    List.copyOf(watches).forEach(this::end);
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      faults.guard(WHERE, task); // its socket is closed, which it finds now
    }
  }
}
