package org.fleetcast.problem;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A failure of the database for which the request is not to blame: the same request may succeed
 * later. Decided by the type of the exception and its SQL state.
 */
public enum DatabaseFailure {
  /** No connection can be had. */
  AWAY("The database is not available right now"),
  /** A connection that worked was cut. */
  CUT("The database is not available right now"),
  /** It takes no writes. */
  READ_ONLY("The database is read-only right now"),
  /** It refused for want of time or room, or in favour of another transaction. */
  BUSY("The database is busy right now");

  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
  private static final Set<String> NO_CONNECTION = Set.of("08001", "08004", "57P03", "53300");
  private static final Set<String> SHUT_DOWN = Set.of("57P01", "57P02");
  private static final Set<String> NO_WRITES = Set.of("25006", "90097"); // the latter is H2's
  private static final Set<String> GIVEN_UP = Set.of("55P03", "57014");

  /** How the server says that all connections of its pool are in use; not of an API for us. */
  private static final String NONE_FREE = "com.ibm.websphere.ce.cm.ConnectionWaitTimeoutException";

  private final String sentence;

  DatabaseFailure(String sentence) {
    this.sentence = sentence;
  }

  /** What of this kind is behind a failure; empty when there is none. */
  public static Optional<DatabaseFailure> of(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        DatabaseFailure kind = kind(sql);
        if (kind != null) {
          return Optional.of(kind);
        }
      }
    }
    return Optional.empty();
  }

  /** 503 with the time after which another try makes sense. */
  public Problem problem(Throwable cause) {
    return Problem.of(ProblemCode.SERVICE_UNAVAILABLE, sentence, cause).retryAfter(RETRY_AFTER);
  }

  /** The same without a cause: nothing was tried. */
  public Problem problem() {
    return Problem.of(ProblemCode.SERVICE_UNAVAILABLE, sentence).retryAfter(RETRY_AFTER);
  }

  private static @Nullable DatabaseFailure kind(SQLException failure) {
    if (failure.getClass().getName().equals(NONE_FREE)) {
      return BUSY; // also with the state of a database that refuses connections
    }
    String state = String.valueOf(failure.getSQLState());
    if (NO_WRITES.contains(state)) {
      return READ_ONLY;
    }
    if (NO_CONNECTION.contains(state)
        || failure instanceof SQLTransientConnectionException
        || failure instanceof SQLNonTransientConnectionException) {
      return AWAY;
    }
    if (state.startsWith("08")
        || SHUT_DOWN.contains(state)
        || failure instanceof SQLRecoverableException) {
      return CUT;
    }
    return state.startsWith("40")
            || state.startsWith("53")
            || GIVEN_UP.contains(state)
            || failure instanceof SQLTransientException
        ? BUSY
        : null;
  }
}
