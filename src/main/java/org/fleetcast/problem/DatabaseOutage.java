package org.fleetcast.problem;

import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether the database is away or read-only right now, logged when it begins and when it is over.
 * While it is away nobody waits for it: whoever needs it is refused at once, and only whoever
 * watches it tries again.
 */
@Singleton
public class DatabaseOutage {
  private static final Logger LOG = System.getLogger(DatabaseOutage.class.getName());

  private static final BoundedLog BUSY = new BoundedLog(LOG);

  private final AtomicReference<@Nullable DatabaseFailure> present = new AtomicReference<>();

  /**
   * Refuses while the database is away.
   *
   * @throws Problem 503
   */
  public void check() {
    if (isAway()) {
      throw DatabaseFailure.AWAY.problem();
    }
  }

  /** Takes notice of a failure: no connection can be had, or no write was taken. */
  public void noticed(DatabaseFailure kind, Throwable failure) {
    if (kind == DatabaseFailure.BUSY) {
      BUSY.log(Level.WARNING, "A request was refused: the database is busy", null);
    }
    if (kind == DatabaseFailure.AWAY && present.getAndSet(kind) != kind) {
      LOG.log(Level.WARNING, "The database is away cause=" + ProblemLog.root(failure));
    }
    if (kind == DatabaseFailure.READ_ONLY && present.getAndSet(kind) != kind) {
      LOG.log(Level.WARNING, "The database is read-only: what changes anything is refused");
    }
  }

  /** Takes notice of a failure; the answer to it when the request is not to blame. */
  public Optional<Problem> answer(Throwable failure) {
    Optional<DatabaseFailure> kind = DatabaseFailure.of(failure);
    kind.ifPresent(known -> noticed(known, failure));
    return kind.map(known -> known.problem(failure));
  }

  /** It took a write. */
  public void over() {
    DatabaseFailure before = present.getAndSet(null);
    if (before != null) {
      LOG.log(Level.INFO, "The database takes reads and writes again");
    }
  }

  public boolean isAway() {
    return present.get() == DatabaseFailure.AWAY;
  }

  public boolean isReadOnly() {
    return present.get() == DatabaseFailure.READ_ONLY;
  }
}
