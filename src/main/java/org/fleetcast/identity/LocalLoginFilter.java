package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * The local login asks nobody for a password, so it answers only who asks for this service by a
 * name of its own.
 */
@WebFilter(urlPatterns = "/api/auth/*", asyncSupported = true)
public class LocalLoginFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;

  private transient @Nullable OwnNames names;

  /** Without a local login there is nothing to guard. */
  @Inject
  void guard(
      Issuers issuers,
      PublicUrl site,
      @ConfigProperty(name = "device.baseurl") Optional<String> deviceBase) {
    if (issuers.local().isPresent()) {
      names =
          OwnNames.of(
              Stream.concat(
                  Stream.of(site.base()), deviceBase.flatMap(PublicUrl::address).stream()));
    }
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (names == null || names.include(request.getHeader("Host"))) {
      chain.doFilter(request, response);
      return;
    }
    ProblemBody.write(
        Problem.of(
            ProblemCode.AUTHORIZATION_FAILED,
            "The local login answers only at the address of BASEURL, or on this machine"),
        request,
        response);
  }
}
