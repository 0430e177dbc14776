package org.fleetcast.devices;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.transaction.HeuristicMixedException;
import jakarta.transaction.HeuristicRollbackException;
import jakarta.transaction.NotSupportedException;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.fleetcast.problem.DatabaseFailure;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.Problem;

/**
 * Runs work within a transaction: the caller's when there is one, else its own, which is rolled
 * back when the work throws. The annotation would do, but the server writes an incident report for
 * every exception that passes it, and here expected failures do.
 *
 * <p>A database that is away, cut us off or takes no writes is 503 here, and at once: nobody waits
 * for one that is known to be away.
 *
 * <p>What writes may wait for a row, or for the issuer of credentials, while it holds a connection:
 * so only a few write at a time, and most connections stay with those who read.
 */
@Singleton
public class Transactions {
  private static final Logger LOG = System.getLogger(Transactions.class.getName());

  /** Of the 20 connections of the pool. */
  static final int WRITERS = 8;

  /** As long as anybody waits for a connection. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Semaphore writers = new Semaphore(WRITERS, true);
  private final UserTransaction transaction;
  private final DatabaseOutage outage;
  private final Duration patience;

  @Inject
  public Transactions(UserTransaction transaction, DatabaseOutage outage) {
    this(transaction, outage, PATIENCE);
  }

  Transactions(UserTransaction transaction, DatabaseOutage outage, Duration patience) {
    this.transaction = transaction;
    this.outage = outage;
    this.patience = patience;
  }

  /**
   * The work's result, committed.
   *
   * @throws Problem 503 when the database is away or read-only, or too many others write
   */
  public <T> T call(Supplier<T> work) {
    return isWithin() ? work.get() : write(work);
  }

  private <T> T write(Supplier<T> work) {
    outage.check();
    enter();
    try {
      return own(work, DatabaseFailure.READ_ONLY);
    } finally {
      writers.release();
    }
  }

  private void enter() {
    try {
      if (!writers.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        Problem busy = DatabaseFailure.BUSY.problem();
        outage.noticed(DatabaseFailure.BUSY, busy);
        throw busy;
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw DatabaseFailure.BUSY.problem(stopping);
    }
  }

  /**
   * The result of work that only reads: on a connection that is cut it is repeated on another.
   *
   * @throws Problem 503 when the database is away
   */
  public <T> T read(Supplier<T> work) {
    return isWithin() ? work.get() : own(work, DatabaseFailure.CUT);
  }

  private <T> T own(Supplier<T> work, DatabaseFailure again) {
    outage.check();
    try {
      return committed(work);
    } catch (RuntimeException failed) {
      if (DatabaseFailure.of(failed)
          .filter(again::equals)
          .filter(this::mayHavePassed)
          .isPresent()) {
        return repeated(work);
      }
      throw told(failed);
    }
  }

  /** A connection that takes no writes may be left over from a time when none did. */
  private boolean mayHavePassed(DatabaseFailure failure) {
    return failure != DatabaseFailure.READ_ONLY || !outage.isReadOnly();
  }

  private <T> T repeated(Supplier<T> work) {
    try {
      return committed(work);
    } catch (RuntimeException failed) {
      throw told(failed);
    }
  }

  private RuntimeException told(RuntimeException failed) {
    Optional<Problem> answer = outage.answer(failed);
    return answer.isEmpty() || failed instanceof Problem ? failed : answer.get();
  }

  private boolean isWithin() {
    try {
      return transaction.getStatus() != Status.STATUS_NO_TRANSACTION;
    } catch (SystemException failed) {
      throw new IllegalStateException("The transaction cannot be asked for", failed);
    }
  }

  private <T> T committed(Supplier<T> work) {
    try {
      transaction.begin();
      T result = within(work);
      transaction.commit();
      return result;
    } catch (NotSupportedException
        | SystemException
        | RollbackException
        | HeuristicMixedException
        | HeuristicRollbackException failed) {
      throw new IllegalStateException("The transaction failed", failed);
    }
  }

  /** Runs work that has no result. */
  public void run(Runnable work) {
    call(
        () -> {
          work.run();
          return true;
        });
  }

  private <T> T within(Supplier<T> work) {
    boolean done = false;
    try {
      T result = work.get();
      done = true;
      return result;
    } finally {
      if (!done) {
        rollback();
      }
    }
  }

  /** What the work failed with counts, not what happens on the way out. */
  private void rollback() {
    try {
      transaction.rollback();
    } catch (SystemException | IllegalStateException failed) {
      LOG.log(Level.WARNING, "A transaction could not be rolled back", failed);
    }
  }
}
