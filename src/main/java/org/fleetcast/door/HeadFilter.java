package org.fleetcast.door;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemBody;
import org.fleetcast.problem.ProblemCode;

/**
 * Refuses a request whose head is larger than any that is meant: a stream keeps it for hours, and
 * the server writes a path that it does not know to its logs. One that can be read in two ways is
 * refused too, and its connection closed, since nobody knows where the next one begins. The second
 * of the filters (web.xml): no body is read before.
 */
public class HeadFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;
  private static final int MOST = 48 * 1024;
  private static final int LONGEST_PATH = 2048;

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    Optional<String> fault = MessageFraming.fault(request);
    if (fault.isPresent()) {
      response.setHeader("Connection", "close");
      ProblemBody.write(Problem.invalidHead(fault.get()), request, response);
    } else if (request.getRequestURI().length() > LONGEST_PATH) {
      ProblemBody.write(
          Problem.of(ProblemCode.ROUTE_NOT_FOUND, "There is nothing at this address"),
          request,
          response);
    } else if (size(request) > MOST) {
      ProblemBody.write(Problem.invalidHead("is larger than 48 KiB"), request, response);
    } else {
      chain.doFilter(request, response);
    }
  }

  private static int size(HttpServletRequest request) {
    int size = request.getQueryString() == null ? 0 : request.getQueryString().length();
    for (String name : Collections.list(request.getHeaderNames())) {
      for (String value : Collections.list(request.getHeaders(name))) {
        size += name.length() + value.length();
      }
    }
    return size;
  }
}
