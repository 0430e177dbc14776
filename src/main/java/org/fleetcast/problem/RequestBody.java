package org.fleetcast.problem;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a request says of its body, before any of it is read. */
public final class RequestBody {
  private static final Set<String> WITHOUT = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<String> FORM_PATHS =
      Set.of("/api/auth/token", "/api/auth/backchannel-logout");

  private static final Pattern JSON =
      Pattern.compile("\\s*application/json\\s*(;.*)?", Pattern.CASE_INSENSITIVE);

  private RequestBody() {}

  /** Whether there is one, whatever the method. */
  public static boolean isSent(HttpServletRequest request) {
    return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
  }

  /** Whether there is one, and the method may have one. */
  public static boolean isMeant(HttpServletRequest request) {
    return isSent(request) && !WITHOUT.contains(request.getMethod());
  }

  /** Whether a content type says that it is JSON. */
  public static boolean isJson(@Nullable String contentType) {
    return contentType != null && JSON.matcher(contentType).matches();
  }

  /** 415 for a body that is something else. */
  public static Problem notJson() {
    return ContainerProblems.ofStatus(415);
  }

  /** Whether it is a form: of somebody who asks for a token, or of the login provider. */
  public static boolean isForm(HttpServletRequest request) {
    return FORM_PATHS.contains(request.getRequestURI());
  }
}
