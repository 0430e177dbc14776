package org.fleetcast.problem;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * What the log says of an answer that is a failure: a fault of ours at ERROR with its cause, but
 * few of them a minute; a refusal at DEBUG. So is what is away, since whoever watches it says so
 * when that begins and ends.
 */
public final class ProblemLog {
  private static final Logger LOG = System.getLogger(ProblemLog.class.getName());
  private static final BoundedLog FAULTS = new BoundedLog(LOG);

  private ProblemLog() {}

  /** Of a failure that is answered, or would be if the request needed what failed. */
  public static void failed(Problem problem, String correlationId, Throwable failure) {
    if (problem.code().status() >= 500 && problem.code() != Code.SERVICE_UNAVAILABLE) {
      FAULTS.log(Level.ERROR, problem.sentence() + " correlationId=" + correlationId, failure);
    } else if (problem.code() == Code.SERVICE_UNAVAILABLE) {
      LOG.log(Level.DEBUG, sentence(problem, correlationId), failure);
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
}
