package org.fleetcast.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One thread that runs what its streams have to send, and waits for all of their sockets that take
 * nothing at once. A socket that takes nothing for the write deadline is closed.
 */
final class EventLoop implements Executor, Runnable {
  private static final Duration LOOK = Duration.ofMillis(500);

  /** Tasks until the next look at the sockets. */
  private static final int AT_ONCE = 1_000;

  private final Duration deadline;
  private final Selector selector;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean asleep = new AtomicBoolean();
  private final Map<SocketChannel, Stalled> stalled = new HashMap<>();
  private long looked = System.nanoTime();
  private volatile boolean stopped;

  private record Stalled(Runnable task, long since) {}

  EventLoop(Duration deadline) {
    this.deadline = deadline;
    try {
      selector = Selector.open();
    } catch (IOException noDescriptor) {
      throw new UncheckedIOException(noDescriptor);
    }
  }

  @Override
  public void execute(Runnable task) {
    if (stopped) {
      throw new RejectedExecutionException("the application is being stopped");
    }
    tasks.add(task);
    if (asleep.get() && asleep.compareAndSet(true, false)) {
      selector.wakeup();
    }
  }

  /**
   * Runs the task when the socket takes bytes again or is closed. For tasks of this loop only.
   *
   * @throws ClosedChannelException when it is closed already
   */
  void whenWritable(SocketChannel socket, Runnable task) throws ClosedChannelException {
    socket.register(selector, SelectionKey.OP_WRITE);
    stalled.put(socket, new Stalled(task, System.nanoTime()));
  }

  void stop() {
    stopped = true;
    selector.wakeup();
  }

  @Override
  public void run() {
    try (selector) {
      while (!stopped) {
        runTasks();
        asleep.set(true);
        if (tasks.isEmpty()) {
          selector.select(this::writable, LOOK.toMillis());
        } else {
          selector.selectNow(this::writable);
        }
        asleep.set(false);
        lookAtStalled(System.nanoTime());
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private void runTasks() {
    Runnable task = tasks.poll();
    for (int ran = 1; task != null; ran++) {
      task.run();
      task = ran < AT_ONCE ? tasks.poll() : null;
    }
  }

  private void writable(SelectionKey key) {
    try {
      key.interestOpsAnd(0);
    } catch (CancelledKeyException closed) {
      // by somebody else at this very moment, which its task finds out
    }
    goOn((SocketChannel) key.channel());
  }

  private void goOn(SocketChannel socket) {
    Stalled waiting = stalled.remove(socket);
    if (waiting != null) {
      waiting.task.run();
    }
  }

  /** Now and then: a socket that somebody closed meanwhile is no longer selected. */
  private void lookAtStalled(long now) {
    if (now - looked < LOOK.toNanos()) {
      return;
    }
    looked = now;
    List<SocketChannel> over = new ArrayList<>();
    stalled.forEach(
        (socket, waiting) -> {
          if (!socket.isOpen() || now - waiting.since > deadline.toNanos()) {
            over.add(socket);
          }
        });
    over.forEach(this::close);
  }

  private void close(SocketChannel socket) {
    try {
      socket.close();
    } catch (IOException closedAnyway) {
      // Nothing was left to send but what its reader does not take.
    }
    goOn(socket);
  }
}
