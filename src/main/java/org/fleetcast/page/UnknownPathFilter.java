package org.fleetcast.page;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import java.io.IOException;
import java.util.Locale;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.problem.ProblemCode;

/**
 * Says of a path that there is nothing, before the server looks for it: that writes each such path
 * to its own logs, as it was decoded, control characters and all.
 */
@WebFilter(urlPatterns = "/*", asyncSupported = true)
public class UnknownPathFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String path = PagePath.of(request);
    boolean page = path.isEmpty() || path.equals("/");
    if (isPath(request) && (page || isServlet(request) || isFile(path))) {
      chain.doFilter(request, response);
    } else {
      ProblemBody.write(
          Problem.of(ProblemCode.ROUTE_NOT_FOUND, "There is nothing at this address"),
          request,
          response);
    }
  }

  /** Not the target {@code *} of OPTIONS, whose path is that of the page here. */
  private static boolean isPath(HttpServletRequest request) {
    return request.getRequestURI().startsWith("/");
  }

  /** Whether one is mapped to that path, as each of the JAX-RS applications is to all below it. */
  private static boolean isServlet(HttpServletRequest request) {
    MappingMatch match = request.getHttpServletMapping().getMappingMatch();
    return match == MappingMatch.EXACT || match == MappingMatch.PATH;
  }

  private boolean isFile(String path) throws IOException {
    String folder = path.toUpperCase(Locale.ROOT);
    return !folder.startsWith("/WEB-INF")
        && !folder.startsWith("/META-INF")
        && PagePath.isFile(path, getServletContext());
  }
}
