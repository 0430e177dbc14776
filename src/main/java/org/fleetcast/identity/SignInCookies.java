package org.fleetcast.identity;

import com.nimbusds.oauth2.sdk.id.State;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The sign-ins that a browser has begun, a cookie each: several tabs sign in at once, and none
 * takes the place of another's. Only the newest few are kept, so that they fit into a request
 * beside those of a login.
 */
@Singleton
class SignInCookies {
  static final int MOST = 5;

  /** Of all together, in characters. */
  static final int LARGEST = 4_000;

  private static final int NAMED_BY = 16;

  private final SecretBox box;
  private final boolean secure;
  private final String prefix;

  @Inject
  SignInCookies(SecretBox box, PublicUrl site) {
    this.box = box;
    this.secure = site.secure();
    this.prefix = (secure ? TokenCookies.HOST_ONLY : "") + "sign_in_";
  }

  /** Lets the browser keep a sign-in, and forget its oldest ones. */
  void keep(
      PendingSignIn pending,
      HttpServletRequest request,
      HttpServletResponse response,
      Instant now) {
    Cookie added = cookie(name(pending.state()), pending.seal(box), PendingSignIn.LIFE);
    forgetOldest(size(added), request, response, now);
    response.addCookie(added);
  }

  /** The sign-in of that state, which the browser then forgets; empty when it began none. */
  Optional<PendingSignIn> take(
      State state, HttpServletRequest request, HttpServletResponse response, Instant now) {
    String name = name(state);
    Optional<Cookie> kept = cookies(request).filter(c -> c.getName().equals(name)).findFirst();
    kept.ifPresent(cookie -> response.addCookie(cookie(name, "", Duration.ZERO)));
    return kept.flatMap(cookie -> PendingSignIn.open(cookie.getValue(), box, now))
        .filter(pending -> pending.state().equals(state));
  }

  private void forgetOldest(
      int added, HttpServletRequest request, HttpServletResponse response, Instant now) {
    Map<Cookie, Instant> ends =
        cookies(request)
            .collect(Collectors.toMap(Function.identity(), c -> until(c, now), (one, same) -> one));
    List<Cookie> newestFirst =
        ends.entrySet().stream()
            .sorted(Map.Entry.<Cookie, Instant>comparingByValue(Comparator.reverseOrder()))
            .map(Map.Entry::getKey)
            .toList();
    int count = 1;
    int size = added;
    for (Cookie cookie : newestFirst) {
      count++;
      size += size(cookie);
      if (count > MOST || size > LARGEST) {
        response.addCookie(cookie(cookie.getName(), "", Duration.ZERO));
      }
    }
  }

  private static int size(Cookie cookie) {
    return cookie.getName().length() + cookie.getValue().length();
  }

  private Instant until(Cookie cookie, Instant now) {
    return PendingSignIn.open(cookie.getValue(), box, now)
        .map(PendingSignIn::until)
        .orElse(Instant.EPOCH);
  }

  private Stream<Cookie> cookies(HttpServletRequest request) {
    Cookie[] all = request.getCookies();
    return all == null
        ? Stream.empty()
        : Arrays.stream(all).filter(cookie -> cookie.getName().startsWith(prefix));
  }

  /** The state is random; its beginning tells the sign-ins of one browser apart. */
  private String name(State state) {
    String value = state.getValue().replaceAll("[^A-Za-z0-9_-]", "");
    return prefix + value.substring(0, Math.min(NAMED_BY, value.length()));
  }

  private Cookie cookie(String name, String value, Duration life) {
    return TokenCookies.cookie(name, value, life, secure);
  }
}
