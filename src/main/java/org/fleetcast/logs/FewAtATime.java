package org.fleetcast.logs;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/** Runs a few tasks at a time on the threads of another executor, the others in their turn. */
final class FewAtATime implements Executor {
  private final Executor threads;
  private final Semaphore free;
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  FewAtATime(Executor threads, int atATime) {
    this.threads = threads;
    this.free = new Semaphore(atATime);
  }

  @Override
  public void execute(Runnable task) {
    waiting.add(task);
    next();
  }

  private void next() {
    if (!waiting.isEmpty() && free.tryAcquire()) {
      boolean given = false;
      try {
        threads.execute(this::work);
        given = true;
      } catch (RejectedExecutionException stopping) {
        return; // the application is being stopped: nobody waits for these any more
      } finally {
        if (!given) {
          free.release();
        }
      }
    }
  }

  private void work() {
    try {
      Runnable task = waiting.poll();
      if (task != null) {
        task.run();
      }
    } finally {
      free.release();
      next();
    }
  }
}
