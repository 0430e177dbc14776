package org.fleetcast.identity;

import jakarta.json.Json;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.fleetcast.problem.Correlation;

/**
 * How the token endpoint refuses a login that the container would fail with: in the words of RFC
 * 6749 (section 5.2), as its resource does, which is not reached then.
 */
final class TokenRefusal {
  private static final String PATH = "/api/auth/token";

  private TokenRefusal() {}

  static boolean isFor(HttpServletRequest request) {
    return request.getRequestURI().equals(PATH);
  }

  static void write(HttpServletRequest request, HttpServletResponse response) throws IOException {
    byte[] body =
        Json.createObjectBuilder()
            .add("error", "invalid_client")
            .add("error_description", "The header Authorization is malformed")
            .build()
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    response.setStatus(HttpServletResponse.SC_UNAUTHORIZED);
    response.setHeader("WWW-Authenticate", "Basic realm=\"fleetcast\"");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Pragma", "no-cache");
    response.setHeader(Correlation.HEADER, Correlation.of(request));
    response.setContentType("application/json");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
