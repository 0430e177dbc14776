package org.fleetcast.identity;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.fleetcast.problem.BoundedLog;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.SteadyClock;

/**
 * What a sign-out has to tell the database and the provider. Nobody waits for it: the login has
 * ended here already. While one of them is away it is tried again each second, for a day at most.
 */
@Singleton
class SignOutWork {
  private static final Logger LOG = System.getLogger(SignOutWork.class.getName());
  private static final BoundedLog FULL = new BoundedLog(LOG);
  private static final String WHERE = "sign-outs";
  private static final long RETRY_MILLIS = 1000;
  private static final Duration KEPT = Duration.ofDays(1);

  /** So many sign-outs wait for each of both. */
  static final int MOST = 1_000;

  private record Task(Runnable work, Instant until) {}

  private final Queue<Task> database = new LinkedBlockingQueue<>(MOST);
  private final Queue<Task> provider = new LinkedBlockingQueue<>(MOST);
  private final Clock clock;

  @Inject
  SignOutWork() {
    this(SteadyClock.INSTANCE);
  }

  SignOutWork(Clock clock) {
    this.clock = clock;
  }

  void start(
      @Observes @Priority(2000) Startup event,
      ManagedScheduledExecutorService scheduler,
      InternalFaults faults) {
    // Each by itself: a provider that answers slowly keeps nothing out of the database.
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard(WHERE, this::tellDatabase),
        RETRY_MILLIS,
        RETRY_MILLIS,
        TimeUnit.MILLISECONDS);
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard(WHERE, this::tellProvider),
        RETRY_MILLIS,
        RETRY_MILLIS,
        TimeUnit.MILLISECONDS);
  }

  /** Writes now, or later when the database is away. */
  void toDatabase(Runnable work) {
    try {
      work.run();
    } catch (Problem away) {
      requireAway(away);
      later(database, work);
    }
  }

  /** Asks the provider soon. */
  void toProvider(Runnable work) {
    later(provider, work);
  }

  void tellDatabase() {
    tell(database);
  }

  void tellProvider() {
    tell(provider);
  }

  private void tell(Queue<Task> tasks) {
    Task next = tasks.poll();
    while (next != null) {
      if (clock.instant().isBefore(next.until)) {
        try {
          next.work.run();
        } catch (Problem away) {
          requireAway(away);
          tasks.offer(next); // behind the others, if it is only about this one
          return;
        }
      }
      next = tasks.poll();
    }
  }

  private void later(Queue<Task> tasks, Runnable work) {
    if (!tasks.offer(new Task(work, clock.instant().plus(KEPT)))) {
      FULL.log(
          Level.WARNING,
          "A sign-out counts on this replica only: too many wait for the database or the login"
              + " provider",
          null);
    }
  }

  private static void requireAway(Problem problem) {
    if (problem.code() != ProblemCode.SERVICE_UNAVAILABLE) {
      throw problem;
    }
  }
}
