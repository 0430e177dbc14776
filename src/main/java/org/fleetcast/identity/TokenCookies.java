package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/**
 * The cookies of a login: host-only, out of reach of scripts, and never sent by other sites. Over
 * https their names say so to the browser ({@code __Host-}); the bare names are read too.
 *
 * <p>A provider's tokens may open more than this service, so they are sealed: whoever reads a
 * browser's cookies has none. An access token that stands there as it is is read as well, since it
 * is signed; a refresh token is not, or any stranger could have the provider asked about his.
 */
@Singleton
class TokenCookies {
  static final String REFRESH = "refresh_token";
  static final String HOST_ONLY = "__Host-";

  /** Wanted at the sign-out. */
  private static final String ID_TOKEN = "id_token";

  private static final String SEALED = "v1.";

  /** Of one browser: one of it and one that somebody else set, under both names. */
  private static final int MOST_REFRESH = 4;

  /** Of all cookies of a login, in characters: a request's line is 24 KB, sign-ins take 4. */
  static final int LARGEST = 20_000;

  private final String access;
  private final boolean secure;
  private final boolean seals;
  private final SecretBox box;

  @Inject
  TokenCookies(
      @ConfigProperty(name = "oidc.cookie.name") String access,
      OpenIdSettings settings,
      SecretBox box,
      PublicUrl site) {
    if (!access.matches("[A-Za-z0-9._-]+") || access.equals(REFRESH) || access.equals(ID_TOKEN)) {
      throw Setting.bad(
          "OIDC_COOKIE_NAME must be the name of a cookie other than "
              + REFRESH
              + " and "
              + ID_TOKEN);
    }
    this.access = access;
    this.secure = site.secure();
    this.seals = settings.issuer().isPresent();
    this.box = box;
  }

  /** The access tokens that the browser shows: one, unless somebody else set another. */
  List<ShownToken> access(HttpServletRequest request) {
    return tokens(request, access).map(ShownToken::of).toList();
  }

  /** The refresh tokens, likewise; few, since each of them may have to be tried. */
  List<ShownToken> refresh(HttpServletRequest request) {
    return tokens(request, REFRESH).map(ShownToken::of).distinct().limit(MOST_REFRESH).toList();
  }

  Optional<String> idToken(HttpServletRequest request) {
    return tokens(request, ID_TOKEN).findFirst();
  }

  /**
   * Gives the browser its tokens.
   *
   * @throws Problem 502 when they do not fit into cookies
   */
  void set(HttpServletResponse response, TokenPair tokens) {
    List<Cookie> all = new ArrayList<>();
    String session = tokens.session();
    add(all, access, new ShownToken(tokens.access(), session).text(), tokens.accessLife());
    if (!tokens.refresh().isEmpty()) {
      String refresh = new ShownToken(tokens.refresh(), session).text();
      add(all, REFRESH, refresh, tokens.refreshLife());
    }
    String idToken = tokens.idToken();
    if (idToken != null) {
      add(all, ID_TOKEN, idToken, tokens.refreshLife());
    }
    requireRoom(all);
    keepOutOfCaches(response);
    all.forEach(response::addCookie);
  }

  /** A browser that keeps more than a request may have is refused for as long as it keeps it. */
  private static void requireRoom(List<Cookie> all) {
    int size = all.stream().mapToInt(c -> c.getName().length() + c.getValue().length() + 3).sum();
    if (size > LARGEST) {
      throw Problem.of(
          ProblemCode.EXTERNAL_SERVICE_ERROR,
          "The login provider's tokens are larger together than the cookies of a request can be:"
              + " its client needs fewer scopes with roles and groups");
    }
  }

  /** Clears both tokens, and of the rest, under the bare names too, what the browser has. */
  void clear(HttpServletRequest request, HttpServletResponse response) {
    keepOutOfCaches(response);
    Set<String> names = new LinkedHashSet<>(List.of(named(access), named(REFRESH)));
    Arrays.stream(cookies(request)).map(Cookie::getName).filter(this::isOurs).forEach(names::add);
    names.forEach(name -> response.addCookie(cookie(name, "", Duration.ZERO, secure)));
  }

  /** Whether it is a cookie of a login, or a part of one; over https also with the bare name. */
  private boolean isOurs(String cookie) {
    return Stream.of(access, REFRESH, ID_TOKEN)
        .anyMatch(name -> is(cookie, name) || is(cookie, HOST_ONLY + name));
  }

  private static boolean is(String cookie, String name) {
    return cookie.equals(name) || cookie.startsWith(name + ".");
  }

  /** Also a page that may be cached otherwise; an answer with a rule of its own writes over it. */
  private static void keepOutOfCaches(HttpServletResponse response) {
    response.setHeader("Cache-Control", "no-store");
  }

  private void add(List<Cookie> all, String name, String text, Duration life) {
    List<String> parts = CookieParts.split(seals ? box.seal(text, purpose(name)) : text);
    for (int i = 0; i < parts.size(); i++) {
      String part = CookieParts.name(named(name), i);
      all.add(cookie(part, parts.get(i), life, secure));
    }
  }

  private String named(String name) {
    return secure ? HOST_ONLY + name : name;
  }

  static Cookie cookie(String name, String value, Duration life, boolean secure) {
    Cookie cookie = new Cookie(name, value);
    cookie.setMaxAge((int) Math.min(life.toSeconds(), Integer.MAX_VALUE));
    cookie.setPath("/");
    cookie.setHttpOnly(true);
    cookie.setSecure(secure);
    cookie.setAttribute("SameSite", "Lax");
    return cookie;
  }

  private Stream<String> tokens(HttpServletRequest request, String name) {
    Cookie[] cookies = cookies(request);
    // Another site of the domain can set a plain name, and nobody else a host-only one.
    boolean hostOnly =
        secure
            && Arrays.stream(cookies)
                .map(Cookie::getName)
                .anyMatch(each -> is(each, HOST_ONLY + access) || is(each, HOST_ONLY + REFRESH));
    Stream<String> names =
        hostOnly ? Stream.of(HOST_ONLY + name) : Stream.of(HOST_ONLY + name, name);
    return names
        .flatMap(known -> values(cookies, known))
        .flatMap(value -> opened(value, name).stream());
  }

  private static Stream<String> values(Cookie[] cookies, String name) {
    return Arrays.stream(cookies)
        .filter(cookie -> cookie.getName().equals(name) && !cookie.getValue().isBlank())
        .flatMap(
            first ->
                CookieParts.join(name, first.getValue(), part -> value(cookies, part)).stream());
  }

  private static @Nullable String value(Cookie[] cookies, String name) {
    return Arrays.stream(cookies)
        .filter(cookie -> cookie.getName().equals(name))
        .map(Cookie::getValue)
        .findFirst()
        .orElse(null);
  }

  private Optional<String> opened(String value, String name) {
    if (value.startsWith(SEALED)) {
      return box.open(value, purpose(name));
    }
    return seals && !name.equals(access) ? Optional.empty() : Optional.of(value);
  }

  private static String purpose(String name) {
    return "cookie " + name;
  }

  private static Cookie[] cookies(HttpServletRequest request) {
    Cookie[] cookies = request.getCookies();
    return cookies == null ? new Cookie[0] : cookies;
  }
}
