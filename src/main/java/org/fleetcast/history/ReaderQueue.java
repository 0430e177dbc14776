package org.fleetcast.history;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.fleetcast.archive.Lookup;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks of users on other threads, few at a time and the users in turn; refuses whom it cannot
 * serve soon.
 */
final class ReaderQueue {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final FairQueue<Task> queue;

  /** Those that wait or run, but for the patient ones. */
  private final Set<Task> open = ConcurrentHashMap.newKeySet();

  private final Executor threads;
  private final Duration patience;
  private final Clock clock;
  private final Runnable refused;

  /**
   * @param patience for how long a task waits for its turn
   * @param clock a steady one
   * @param refused called with each task that is refused
   */
  ReaderQueue(
      FairQueue.Bounds bounds, Executor threads, Duration patience, Clock clock, Runnable refused) {
    this.queue = new FairQueue<>(bounds);
    this.threads = threads;
    this.patience = patience;
    this.clock = clock;
    this.refused = refused;
  }

  /**
   * A task that waits for its turn, and then runs until it is done. If it never runs, or throws,
   * its {@code over} is called with the reason. All but the work is guarded by the queue.
   */
  final class Task {
    private final String owner;
    private final Consumer<Task> work;
    private final Consumer<Throwable> over;
    private final BooleanSupplier gone;
    private final Instant since = clock.instant();

    @GuardedBy("queue")
    private boolean working;

    @GuardedBy("queue")
    private boolean cancelled;

    @GuardedBy("queue")
    private @Nullable Lookup reading;

    private Task(
        String owner, Consumer<Task> work, Consumer<Throwable> over, BooleanSupplier gone) {
      this.owner = owner;
      this.work = work;
      this.over = over;
      this.gone = gone;
    }

    /** Begins to read for as long as that, unless it was cancelled. */
    Lookup read(Duration limit) {
      Lookup begun = Lookup.within(limit);
      synchronized (queue) {
        reading = begun;
        if (cancelled) {
          begun.cancel();
        }
      }
      return begun;
    }

    /** What is left is between it and its reader: others need not wait for that. */
    void worked() {
      synchronized (queue) {
        endWork();
      }
      startNext();
    }

    /** Nobody waits for it any more: it does not wait either, and what it reads is given up. */
    void cancel() {
      Lookup running;
      boolean waited;
      synchronized (queue) {
        cancelled = true;
        waited = !queue.remove(waiting -> waiting == this).isEmpty();
        running = reading;
      }
      if (waited) {
        refuse(Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "Nobody waits for this any more"));
      } else if (running != null) {
        running.cancel();
      }
    }

    /** On another thread: it may be somebody who does not read, and others are to be looked at. */
    private void refuse(Throwable reason) {
      open.remove(this);
      try {
        threads.execute(() -> over.accept(reason));
      } catch (RejectedExecutionException | OutOfMemoryError noThread) {
        over.accept(reason);
      }
    }

    private void over(Throwable reason) {
      open.remove(this);
      over.accept(reason);
    }

    private void run() {
      try {
        work.accept(this);
      } catch (Throwable failure) {
        over.accept(failure);
      } finally {
        open.remove(this);
        free();
        startNext();
      }
    }

    private void beginWork() {
      synchronized (queue) {
        working = true;
      }
    }

    @GuardedBy("queue")
    private void endWork() {
      if (working) {
        working = false;
        queue.worked();
      }
    }

    private void free() {
      synchronized (queue) {
        endWork();
        queue.free(owner);
      }
    }
  }

  /**
   * Runs it when it is its turn.
   *
   * @param work on another thread
   * @param over called when its turn does not come in time, or the work throws
   * @param gone whether nobody waits for it any more
   * @throws Problem 429 when too many of the owner's wait, 503 when too many do in all
   */
  Task add(String owner, Consumer<Task> work, Consumer<Throwable> over, BooleanSupplier gone) {
    Task task = new Task(owner, work, over, gone);
    Problem refusal;
    synchronized (queue) {
      refusal = queue.add(owner, task) ? null : refusal(owner);
      if (refusal == null) {
        open.add(task);
      }
    }
    if (refusal != null) {
      throw refusal;
    }
    startNext();
    return task;
  }

  /** The same for one that waits for as long as it takes; over is called when too many do. */
  void addPatient(String owner, Consumer<Task> work, Consumer<Throwable> over) {
    Task task = new Task(owner, work, over, () -> false);
    Problem refusal;
    synchronized (queue) {
      refusal = queue.addPatient(owner, task) ? null : refusal(owner);
    }
    if (refusal != null) {
      over.accept(refusal);
    }
    startNext();
  }

  /** Refuses those whose turn did not come in time, and drops those for whom nobody waits. */
  void look() {
    open.stream().filter(task -> task.gone.getAsBoolean()).forEach(Task::cancel);
    Instant latest = clock.instant().minus(patience);
    Map<Task, Problem> late = new LinkedHashMap<>();
    synchronized (queue) {
      queue
          .remove(task -> task.since.isBefore(latest))
          .forEach(task -> late.put(task, refusal(task.owner)));
    }
    late.forEach(Task::refuse);
    startNext();
  }

  int held() {
    synchronized (queue) {
      return queue.held();
    }
  }

  int waiting() {
    synchronized (queue) {
      return queue.waiting();
    }
  }

  private Problem refusal(String owner) {
    refused.run();
    Problem problem =
        queue.isFull(owner)
            ? Problem.of(
                ProblemCode.TOO_MANY_CONNECTIONS, "Too many requests of this user read logs")
            : Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "Too many requests read logs right now");
    return problem.retryAfter(RETRY_AFTER);
  }

  private void startNext() {
    for (Optional<Task> next = next(); next.isPresent(); next = next()) {
      start(next.get());
    }
  }

  private Optional<Task> next() {
    synchronized (queue) {
      Optional<Task> next = queue.next();
      next.ifPresent(Task::beginWork);
      return next;
    }
  }

  private void start(Task task) {
    try {
      threads.execute(task::run);
    } catch (RejectedExecutionException | OutOfMemoryError noThread) {
      task.free();
      task.over(noThread);
    }
  }
}
