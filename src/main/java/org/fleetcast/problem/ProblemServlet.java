package org.fleetcast.problem;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The error page of the application: what fails outside JAX-RS gets the same body. */
@WebServlet(urlPatterns = "/problem", asyncSupported = true)
public class ProblemServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    int status =
        request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code
            ? code
            : HttpServletResponse.SC_NOT_FOUND; // asked for by name: there is no such page
    Problem problem = ContainerProblems.ofStatus(status);
    if (status >= 500
        && request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof Throwable failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      problem = ProblemMapper.problem(cause);
      ProblemLog.failed(problem, request, failure);
    }
    ProblemBody.write(problem, request, response);
  }
}
