package org.fleetcast.problem;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Answers every request with its correlation id, whatever comes of it, and writes it to the log at
 * DEBUG where it was refused.
 */
@WebFilter(urlPatterns = "/*", asyncSupported = true)
public class CorrelationFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = System.getLogger(CorrelationFilter.class.getName());

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String id = Correlation.of(request);
    response.setHeader(Correlation.HEADER, id);
    chain.doFilter(request, response);
    if (response.getStatus() >= HttpServletResponse.SC_BAD_REQUEST) {
      LOG.log(Level.DEBUG, "Answered status=" + response.getStatus() + " correlationId=" + id);
    }
  }
}
