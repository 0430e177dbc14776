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
import java.util.function.Supplier;

/**
 * Runs work within a transaction: the caller's when there is one, else its own, which is rolled
 * back when the work throws. The annotation would do, but the server writes an incident report for
 * every exception that passes it, and here expected failures do.
 */
@Singleton
public class Transactions {
  private static final Logger LOG = System.getLogger(Transactions.class.getName());

  private final UserTransaction transaction;

  @Inject
  public Transactions(UserTransaction transaction) {
    this.transaction = transaction;
  }

  /** The work's result, committed. */
  public <T> T call(Supplier<T> work) {
    try {
      if (transaction.getStatus() != Status.STATUS_NO_TRANSACTION) {
        return work.get();
      }
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
    boolean unused =
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
