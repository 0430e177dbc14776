package org.fleetcast.problem;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * What the log says of an answer that is a failure: a fault of ours at ERROR with its cause, what
 * failed because something is away or slow at WARNING in one line, but few of each a minute; a
 * refusal at DEBUG.
 */
public final class ProblemLog {
  private static final Logger LOG = System.getLogger(ProblemLog.class.getName());
  private static final BoundedLog FAULTS = new BoundedLog(LOG);
  private static final BoundedLog UNAVAILABLE = new BoundedLog(LOG);
  private static final int MAX_CAUSE = 300;

  private ProblemLog() {}

  /** Of a failure that is answered, or would be if the request needed what failed. */
  public static void failed(Problem problem, String correlationId, Throwable failure) {
    if (problem.code().status() >= 500 && problem.code() != Code.SERVICE_UNAVAILABLE) {
      FAULTS.log(Level.ERROR, problem.sentence() + " correlationId=" + correlationId, failure);
    } else if (problem.code() == Code.SERVICE_UNAVAILABLE && failure.getCause() != null) {
      UNAVAILABLE.log(
          Level.WARNING, sentence(problem, correlationId) + " cause=" + cause(failure), null);
    } else {
      refused(problem, correlationId);
    }
  }

  static void refused(Problem problem, String correlationId) {
    LOG.log(Level.DEBUG, () -> sentence(problem, correlationId));
  }

  private static String sentence(Problem problem, String correlationId) {
    return problem.sentence()
        + " status="
        + problem.code().status()
        + " code="
        + problem.code()
        + " correlationId="
        + correlationId;
  }

  private static String cause(Throwable failure) {
    String cause = String.valueOf(failure.getCause()).replaceAll("\\s+", " ");
    return cause.length() <= MAX_CAUSE ? cause : cause.substring(0, MAX_CAUSE) + "...";
  }
}
