package org.fleetcast.mqtt;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one connection of Paho's, which begin without its pauses.
 *
 * <p>Who connects begins three threads one after another, and looks every 100 ms whether the last
 * one runs. It never does at the first look, since Paho holds the lock that it needs for that while
 * it asks for the thread: so 300 ms went by before each CONNECT. What it sleeps can be interrupted,
 * and it looks again then.
 */
final class PahoThreads extends ScheduledThreadPoolExecutor {
  private static final long LOOK_MILLIS = 10;

  private final Duration answer;
  private volatile @Nullable Thread connecting;
  private volatile boolean beginning;

  /**
   * @param answer so long the broker is waited for
   */
  PahoThreads(Duration answer) {
    super(0); // Paho schedules nothing by it
    this.answer = answer;
  }

  /** Connects or disconnects. */
  @Override
  public void execute(Runnable task) {
    Thread thread = new Thread(task);
    connecting = thread;
    thread.start();
  }

  /** Reads, writes or calls back, until the end of the connection. */
  @Override
  public Future<?> submit(Runnable task) {
    beginning = true;
    new Thread(task).start();
    return CompletableFuture.completedFuture(null); // Paho would interrupt what it still needs
  }

  /** Waits until all have begun or connecting has failed. */
  void awaitBegun() throws InterruptedException {
    Thread thread = connecting;
    for (long left = answer.toMillis(); thread != null && thread.isAlive() && left > 0; ) {
      long wait = beginning ? 1 : LOOK_MILLIS;
      thread.join(wait);
      left -= wait;
      if (beginning && thread.getState() == Thread.State.TIMED_WAITING) {
        thread.interrupt();
      }
    }
  }

  /** Nobody waits for them: each ends with the socket. */
  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }
}
