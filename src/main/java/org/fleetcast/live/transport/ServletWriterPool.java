package org.fleetcast.live.transport;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.ThreadName;

/**
 * The threads that write to streams through the container: a few, which is fastest while readers
 * read, and more for as long as readers hold some of them up. So a reader that stops costs a thread
 * until the write timeout cuts it, and nobody else waits for it. A pool of fixed size would be used
 * up by as many stalled readers, and one that grows by demand would start a thread for every viewer
 * of an event.
 */
@Singleton
public class ServletWriterPool implements Executor {
  private static final String WHERE = "writers";
  private static final Duration LOOK = Duration.ofMillis(10);
  private static final Duration HELD_UP = Duration.ofMillis(8);
  private static final Duration IDLE = Duration.ofSeconds(5);
  private static final int MOST = 4_000;

  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final Set<Writer> crew = ConcurrentHashMap.newKeySet();
  private final AtomicLong number = new AtomicLong();
  private final Semaphore called = new Semaphore(0);
  private final ThreadFactory threads;
  private final InternalFaults faults;
  private final int few = 2 * Runtime.getRuntime().availableProcessors() + 2;
  private volatile boolean stopped;

  @Inject
  public ServletWriterPool(ManagedThreadFactory threads, InternalFaults faults) {
    this.threads = threads;
    this.faults = faults;
  }

  void start(@Observes Startup event) {
    threads.newThread(ThreadName.during("writer-lookout", this::lookOut)).start();
  }

  /** On a thread of its own: a hundred tasks a second are too many for the server's scheduler. */
  void lookOut() {
    while (!stopped) {
      called.acquireUninterruptibly(); // stop() ends it, and nothing else
      called.drainPermits();
      Thread.interrupted(); // it would not pause
      while (!stopped && !tasks.isEmpty()) {
        faults.guard(WHERE, this::reinforce);
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }

  @Override
  public void execute(Runnable task) {
    if (stopped) {
      throw new RejectedExecutionException("the application is being stopped");
    }
    tasks.add(task);
    called.release();
  }

  /** Two more threads for each that a reader holds up, so that the next ones find some free. */
  private void reinforce() {
    long now = System.nanoTime();
    long heldUp = crew.stream().filter(writer -> writer.isHeldUp(now)).count();
    long wanted = Math.min(MOST, few + 2 * heldUp);
    while (!stopped && crew.size() < wanted) {
      enlist(new Writer());
    }
  }

  private void enlist(Writer writer) {
    boolean started = false;
    crew.add(writer);
    try {
      threads.newThread(ThreadName.during("writer-" + number.incrementAndGet(), writer)).start();
      started = true;
    } finally {
      if (!started) {
        crew.remove(writer);
      }
    }
  }

  public @PreDestroy void stop() {
    stopped = true;
    called.release();
  }

  /** One thread: writes what is next, and goes when there are more than needed. */
  private final class Writer implements Runnable {
    private volatile long busySince;

    boolean isHeldUp(long now) {
      long since = busySince;
      return since != 0 && now - since > HELD_UP.toNanos();
    }

    @Override
    public void run() {
      try {
        while (!stopped) {
          Runnable task = tasks.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
          if (task != null) {
            busySince = System.nanoTime() | 1; // never 0, which means idle
            faults.guard(WHERE, task);
            busySince = 0;
          } else if (crew.size() > few) {
            return;
          }
        }
      } catch (InterruptedException goes) {
        Thread.currentThread().interrupt();
      } finally {
        crew.remove(this);
      }
    }
  }
}
