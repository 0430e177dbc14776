package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Tells browsers to come over https alone for a year (RFC 6797) where that is how they reach this
 * service. What the server adds to every answer itself is in server.xml; this depends on a setting.
 */
@WebFilter(urlPatterns = "/*", asyncSupported = true)
public class StrictTransportFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;

  private boolean https;

  @Inject
  void reachedAt(PublicUrl site) {
    https = site.secure();
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (https) {
      response.setHeader("Strict-Transport-Security", "max-age=31536000");
    }
    chain.doFilter(request, response);
  }
}
