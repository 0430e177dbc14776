package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/**
 * The two cookies of a login: host-only, out of reach of scripts, and never sent by other sites.
 */
@Singleton
class TokenCookies {
  static final String REFRESH = "refresh_token";

  private final String access;
  private final boolean secure;

  @Inject
  TokenCookies(@ConfigProperty(name = "oidc.cookie.name") String access, Site site) {
    if (!access.matches("[A-Za-z0-9._-]+") || access.equals(REFRESH)) {
      throw Setting.bad("OIDC_COOKIE_NAME must be the name of a cookie other than " + REFRESH);
    }
    this.access = access;
    this.secure = site.secure();
  }

  Optional<String> access(HttpServletRequest request) {
    return value(request, access);
  }

  Optional<String> refresh(HttpServletRequest request) {
    return value(request, REFRESH);
  }

  void set(HttpServletResponse response, Tokens tokens) {
    keepOutOfCaches(response);
    response.addCookie(cookie(access, tokens.access(), tokens.accessLife()));
    response.addCookie(cookie(REFRESH, tokens.refresh(), tokens.refreshLife()));
  }

  void clear(HttpServletResponse response) {
    keepOutOfCaches(response);
    response.addCookie(cookie(access, "", Duration.ZERO));
    response.addCookie(cookie(REFRESH, "", Duration.ZERO));
  }

  /** Also a page that may be cached otherwise; an answer with a rule of its own writes over it. */
  private static void keepOutOfCaches(HttpServletResponse response) {
    response.setHeader("Cache-Control", "no-store");
  }

  private Cookie cookie(String name, String value, Duration life) {
    Cookie cookie = new Cookie(name, value);
    cookie.setMaxAge((int) life.toSeconds());
    cookie.setPath("/");
    cookie.setHttpOnly(true);
    cookie.setSecure(secure);
    cookie.setAttribute("SameSite", "Lax");
    return cookie;
  }

  private static Optional<String> value(HttpServletRequest request, String name) {
    Cookie[] cookies = request.getCookies();
    return cookies == null
        ? Optional.empty()
        : Arrays.stream(cookies)
            .filter(cookie -> cookie.getName().equals(name) && !cookie.getValue().isEmpty())
            .map(Cookie::getValue)
            .findFirst();
  }
}
