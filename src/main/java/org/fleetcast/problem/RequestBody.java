package org.fleetcast.problem;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;

/** What a request says of its body, before any of it is read. */
public final class RequestBody {
  private static final Set<String> WITHOUT = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<String> FORM_PATHS =
      Set.of("/api/auth/token", "/api/auth/backchannel-logout");

  private RequestBody() {}

  /** Whether there is one, whatever the method. */
  public static boolean isSent(HttpServletRequest request) {
    return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
  }

  /** Whether there is one, and the method may have one. */
  public static boolean isMeant(HttpServletRequest request) {
    return isSent(request) && !WITHOUT.contains(request.getMethod());
  }

  /** Whether it is a form, of strangers: of one who asks for a token, or of the login provider. */
  public static boolean isForm(HttpServletRequest request) {
    return FORM_PATHS.contains(request.getRequestURI());
  }
}
