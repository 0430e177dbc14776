package org.fleetcast.problem;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A refusal that was decided on before any filter, where the container would write a line about
 * each to its log: the first filter writes the answer, and nothing else sees the request.
 */
@FunctionalInterface
public interface EarlyRefusal {
  /** Answers. */
  void write(HttpServletRequest request, HttpServletResponse response) throws IOException;

  /** Has it written. */
  default void refuse(HttpServletRequest request) {
    request.setAttribute(EarlyRefusal.class.getName(), this);
  }

  /** With the body of all errors. */
  static EarlyRefusal of(Problem problem) {
    return (request, response) -> ProblemBody.write(problem, request, response);
  }

  /** That of a request, or null. */
  static @Nullable EarlyRefusal in(HttpServletRequest request) {
    return request.getAttribute(EarlyRefusal.class.getName()) instanceof EarlyRefusal refusal
        ? refusal
        : null;
  }
}
