package org.fleetcast.mqtt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.fleetcast.problem.InternalFaults;
import org.jspecify.annotations.Nullable;

/**
 * When the next connection is opened: at once or after a growing and jittered wait, and always,
 * until it is stopped. Where the executor takes nothing more, liveness says so.
 */
final class Reconnection {
  private static final Logger LOG = System.getLogger(Reconnection.class.getName());

  private final ScheduledExecutorService executor;
  private final InternalFaults faults;
  private final Runnable connect;

  @GuardedBy("this")
  private @Nullable Future<?> next;

  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private boolean stopped;

  /**
   * @param connect opens a connection; never throws, and asks for the next one when it fails
   */
  Reconnection(ScheduledExecutorService executor, InternalFaults faults, Runnable connect) {
    this.executor = executor;
    this.faults = faults;
    this.connect = connect;
  }

  /** Opens a connection as soon as possible. */
  synchronized void now() {
    in(Duration.ZERO);
  }

  /** Opens a connection after a wait, which grows with each call. */
  synchronized void later() {
    in(Backoff.delay(failures++, ThreadLocalRandom.current()));
  }

  /** The last connection was a good one: the next wait is short. */
  synchronized void reset() {
    failures = 0;
  }

  /** Closes an ended connection in another thread, and then goes on, whatever closing it throws. */
  void after(Runnable closing, Runnable next) {
    Runnable both =
        () -> {
          faults.guard("mqtt connect", closing);
          next.run();
        };
    try {
      executor.execute(both);
    } catch (RejectedExecutionException | IllegalStateException ending) {
      refused(ending);
    }
  }

  synchronized void stop() {
    stopped = true;
    if (next != null) {
      next.cancel(false);
    }
  }

  @GuardedBy("this")
  private void in(Duration wait) {
    if (stopped) {
      return;
    }
    try {
      next = executor.schedule(connect, wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException | IllegalStateException closing) {
      refused(closing);
    }
  }

  /** Liberty's executors throw the one or the other when their application has ended. */
  private synchronized void refused(RuntimeException closing) {
    if (stopped) {
      LOG.log(Level.DEBUG, "The application is closing, connecting ends", closing);
    } else {
      faults.ended("Connecting to the broker has ended: the executor takes no more tasks");
    }
  }
}
