package org.fleetcast.door;

import jakarta.servlet.FilterChain;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger.Level;
import org.fleetcast.problem.BoundedLog;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.problem.ProblemCode;

/**
 * Answers the gateway of the service that Fleetcast replaces: it asks here for each stream that a
 * page opens through it. Its page shows nothing of the refusal, so the log has it too.
 */
@WebFilter(urlPatterns = "/api/sse/callback", asyncSupported = true)
public class OldGatewayFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;
  private static final String SENTENCE =
      "Fleetcast serves the streams itself: take the gateway for them out of the proxy, and lead"
          + " /api/sse/stream here";
  private static final BoundedLog LOG =
      new BoundedLog(System.getLogger(OldGatewayFilter.class.getName()));

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException {
    LOG.log(Level.WARNING, "A gateway asks for a stream. " + SENTENCE, null);
    ProblemBody.write(Problem.of(ProblemCode.ROUTE_NOT_FOUND, SENTENCE), request, response);
  }
}
