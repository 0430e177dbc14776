package org.fleetcast.identity;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a body that is not JSON, also where none is asked for: what a form of another site can
 * send ends here.
 */
@WebFilter(urlPatterns = "/api/*", asyncSupported = true)
public class JsonOnlyFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (RequestBody.isMeant(request)
        && !RequestBody.isForm(request)
        && !isJson(request.getContentType())) {
      Problem problem =
          Problem.of(
              ProblemCode.UNSUPPORTED_MEDIA_TYPE, "The request body must be application/json");
      ProblemBody.write(problem, request, response);
      return;
    }
    chain.doFilter(request, response);
  }

  static boolean isJson(@Nullable String contentType) {
    return contentType != null
        && contentType.toLowerCase(Locale.ROOT).matches("\\s*application/json\\s*(;.*)?");
  }
}
