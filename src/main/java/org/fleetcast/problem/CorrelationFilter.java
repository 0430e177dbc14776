package org.fleetcast.problem;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Answers every request with its correlation id, whatever comes of it, and has the log say it of
 * every refusal. The first of the filters (web.xml), so that an early refusal ends here.
 */
public class CorrelationFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    response.setHeader(Correlation.HEADER, Correlation.of(request));
    EarlyRefusal refusal = EarlyRefusal.in(request);
    if (refusal == null) {
      chain.doFilter(request, response);
    } else {
      response.setHeader("Connection", "close"); // nobody looked where this request ends
      refusal.write(request, response);
    }
    ProblemLog.answered(response.getStatus(), request);
  }
}
