package org.fleetcast.problem;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;

/** What a request says of its body, before any of it is read. */
public final class RequestBody {
  private static final Set<String> WITHOUT = Set.of("GET", "HEAD", "OPTIONS");
  private static final String FORM_PATH = "/api/auth/token";

  private RequestBody() {}

  /** Whether there is one, whatever the method. */
  public static boolean isSent(HttpServletRequest request) {
    return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
  }

  /** Whether there is one, and the method may have one. */
  public static boolean isMeant(HttpServletRequest request) {
    return isSent(request) && !WITHOUT.contains(request.getMethod());
  }

  /** Whether it is the form by which a token is asked for. */
  public static boolean isTokenForm(HttpServletRequest request) {
    return FORM_PATH.equals(request.getRequestURI());
  }
}
