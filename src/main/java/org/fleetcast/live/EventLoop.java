package org.fleetcast.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
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
 * One thread that runs what its streams have to send, and waits for all of their sockets at once:
 * until they take bytes again, or have something to say. A socket that takes nothing for the write
 * deadline is closed.
 */
final class EventLoop implements Executor, Runnable {
  private static final Duration LOOK = Duration.ofMillis(500);

  /** Tasks until the next look at the sockets. */
  private static final int AT_ONCE = 1_000;

  private static final int ROOM = 80 * 1024;

  private final Duration deadline;
  private final ByteBuffer room = ByteBuffer.allocateDirect(ROOM);
  private final Selector selector;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean asleep = new AtomicBoolean();
  private final Map<SelectionKey, Long> stalledSince = new HashMap<>();
  private long looked = System.nanoTime();
  private volatile boolean stopped;

  /** Whose socket it is. It is told on the loop's thread. */
  interface Watcher {
    /** The other end sent something, or went. */
    void readable();

    /** The socket takes bytes again, or was closed. */
    void writable();
  }

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

  /** Empty memory to read into or to write from, for the task that runs. */
  ByteBuffer room() {
    return room.clear();
  }

  /**
   * Waits for what the socket has to say, until the key is cancelled. For tasks of this loop only.
   *
   * @throws ClosedChannelException when it is closed already
   */
  SelectionKey watch(SocketChannel socket, Watcher watcher) throws ClosedChannelException {
    return socket.register(selector, SelectionKey.OP_READ, watcher);
  }

  /** Waits until a watched socket takes bytes again. For tasks of this loop only. */
  void awaitWritable(SelectionKey socket) {
    socket.interestOpsOr(SelectionKey.OP_WRITE);
    stalledSince.put(socket, System.nanoTime());
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
          selector.select(this::ready, LOOK.toMillis());
        } else {
          selector.selectNow(this::ready);
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

  private void ready(SelectionKey socket) {
    try {
      if (socket.isReadable()) {
        watcher(socket).readable();
      }
      if (socket.isWritable()) {
        socket.interestOpsAnd(~SelectionKey.OP_WRITE);
        goOn(socket);
      }
    } catch (CancelledKeyException closed) {
      goOn(socket); // by its watcher, or by somebody else at this very moment
    }
  }

  private void goOn(SelectionKey socket) {
    if (stalledSince.remove(socket) != null) {
      watcher(socket).writable();
    }
  }

  private static Watcher watcher(SelectionKey socket) {
    return (Watcher) socket.attachment();
  }

  /** Now and then: a socket that somebody closed meanwhile is no longer selected. */
  private void lookAtStalled(long now) {
    if (now - looked < LOOK.toNanos()) {
      return;
    }
    looked = now;
    List<SelectionKey> over = new ArrayList<>();
    stalledSince.forEach(
        (socket, since) -> {
          if (!socket.isValid() || now - since > deadline.toNanos()) {
            over.add(socket);
          }
        });
    over.forEach(this::close);
  }

  private void close(SelectionKey socket) {
    try {
      socket.channel().close();
    } catch (IOException closedAnyway) {
      // Nothing was left to send but what its reader does not take.
    }
    goOn(socket);
  }
}
