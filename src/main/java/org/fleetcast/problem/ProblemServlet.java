package org.fleetcast.problem;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * The error page of the application: what fails outside JAX-RS gets the same body. We have no pages
 * of the kind that the server knows by the other patterns; it would say so itself, as HTML.
 */
@WebServlet(
    urlPatterns = {"/problem", "*.jsp", "*.jspx", "*.jspf", "*.jsw", "*.jsv"},
    asyncSupported = true)
public class ProblemServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final Pattern BACKSLASH = Pattern.compile("\\\\|%5c", Pattern.CASE_INSENSITIVE);

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    int status =
        request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code
            ? code
            : HttpServletResponse.SC_NOT_FOUND; // asked for by name: there is no such page
    if (isRefused(response)) {
      return; // the caller has his answer; the container failed with the request afterwards
    }
    Problem problem = ContainerProblems.ofStatus(isTrace(request) ? 405 : status);
    if (isNoPath(request)) {
      problem = ContainerProblems.ofStatus(404);
    } else if (status >= 500
        && request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof Throwable failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      problem = ProblemMapper.problem(cause);
      ProblemLog.failed(problem, request, failure);
    }
    ProblemBody.write(problem, request, response);
  }

  private static boolean isRefused(HttpServletResponse response) {
    return response.isCommitted() && response.getStatus() >= 400 && response.getStatus() < 500;
  }

  /** The server fails, before any filter, with what has a backslash in it: we have none such. */
  private static boolean isNoPath(HttpServletRequest request) {
    return request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI) instanceof String asked
        && BACKSLASH.matcher(asked).find();
  }

  private static boolean isTrace(HttpServletRequest request) {
    return request.getMethod().equals("TRACE");
  }

  /**
   * Never called, but the server looks for it: it forwards a refused TRACE to no servlet that would
   * echo one.
   */
  @Override
  protected void doTrace(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    service(request, response);
  }
}
