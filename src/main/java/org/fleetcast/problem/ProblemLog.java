package org.fleetcast.problem;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * What the log says of an answer that is a failure: a fault of ours at ERROR with its cause, what
 * failed because something is away or slow at WARNING in one line, but few of each a minute; a
 * refusal at DEBUG. A failure is written once, however many places it comes through.
 */
public final class ProblemLog {
  private static final Logger LOG = System.getLogger(ProblemLog.class.getName());
  private static final BoundedLog FAULTS = new BoundedLog(LOG);
  private static final BoundedLog UNAVAILABLE = new BoundedLog(LOG);
  private static final int MAX_CAUSE = 300;
  private static final String WRITTEN = ProblemLog.class.getName();

  private ProblemLog() {}

  /** Of a failure that is answered, or would be if the request needed what failed. */
  public static void failed(Problem problem, HttpServletRequest request, Throwable failure) {
    request.setAttribute(WRITTEN, problem);
    String words = Correlation.words(request);
    if (problem.code().status() >= 500 && problem.code() != ProblemCode.SERVICE_UNAVAILABLE) {
      FAULTS.log(Level.ERROR, problem.sentence() + " " + words, failure);
    } else if (problem.code() == ProblemCode.SERVICE_UNAVAILABLE && failure.getCause() != null) {
      UNAVAILABLE.log(Level.WARNING, sentence(problem, words) + " cause=" + cause(failure), null);
    } else {
      LOG.log(Level.DEBUG, () -> sentence(problem, words));
    }
  }

  /** Of a refusal that is answered; not again when it is the one that was written last. */
  static void refused(Problem problem, HttpServletRequest request) {
    if (request.getAttribute(WRITTEN) != problem) {
      request.setAttribute(WRITTEN, problem);
      LOG.log(Level.DEBUG, () -> sentence(problem, Correlation.words(request)));
    }
  }

  /** Of an answer that is complete, for which nobody had a word. */
  static void answered(int status, HttpServletRequest request) {
    boolean written =
        request.getAttribute(WRITTEN) instanceof Problem problem
            && problem.code().status() == status;
    if (status >= 400 && !written) {
      LOG.log(Level.DEBUG, () -> "Answered status=" + status + " " + Correlation.words(request));
    }
  }

  /** What a failure began with. */
  public static String root(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.toString();
  }

  private static String sentence(Problem problem, String words) {
    return problem.sentence()
        + " status="
        + problem.code().status()
        + " code="
        + problem.code()
        + " "
        + words;
  }

  private static String cause(Throwable failure) {
    String cause = String.valueOf(failure.getCause()).replaceAll("\\s+", " ");
    return cause.length() <= MAX_CAUSE ? cause : cause.substring(0, MAX_CAUSE) + "...";
  }
}
