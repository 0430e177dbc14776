package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.oauth2.sdk.id.State;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fleetcast.Stub;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A browser's cookies, of a session at a provider over https and of a sign-in. */
class TokenCookiesTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00Z");
  private static final TokenPair TOKENS = tokens("access");

  private final SecretBox box = new SecretBox(Optional.of("a secret key for this test"));
  private final PublicUrl https = new PublicUrl("https://fleet.example");
  private final TokenCookies cookies = cookies(https, "https://id.example");
  private final List<Cookie> kept = new ArrayList<>();

  @Test
  void over_https_they_are_host_only_by_name_and_sealed() {
    cookies.set(response(), TOKENS);
    assertThat(kept)
        .extracting(Cookie::getName)
        .containsExactly("__Host-access_token", "__Host-refresh_token", "__Host-id_token");
    assertThat(kept)
        .allSatisfy(
            cookie -> {
              assertThat(cookie.getSecure()).isTrue();
              assertThat(cookie.isHttpOnly()).isTrue();
              assertThat(cookie.getDomain()).isNull();
              assertThat(cookie.getPath()).isEqualTo("/");
              assertThat(cookie.getValue()).startsWith("v1.");
            });
    assertThat(cookies.access(request())).containsExactly(new ShownToken("access", "s1"));
    assertThat(cookies.refresh(request())).containsExactly(new ShownToken("refresh", "s1"));
    assertThat(cookies.idToken(request())).contains("id");
  }

  @Test
  void the_proxies_that_are_documented_and_shipped_let_the_largest_through() throws IOException {
    Map<String, String> bounds =
        Map.of(
            "src/site/markdown/migration.md", "\\n    proxy_buffer_size (\\d+)k;",
            "src/site/markdown/operations.md", "`large_client_header_buffers 4 (\\d+)k`",
            "src/main/kubernetes/components/nginx/ingress.yaml", "proxy-buffer-size: (\\d+)k");
    for (Map.Entry<String, String> bound : bounds.entrySet()) {
      Matcher size =
          Pattern.compile(bound.getValue()).matcher(Files.readString(Path.of(bound.getKey())));
      assertThat(size.find()).as(bound.getKey()).isTrue();
      assertThat(Integer.parseInt(size.group(1)) * 1024)
          .as(bound.getKey())
          .isGreaterThan(TokenCookies.LARGEST + 4_096); // the other headers
    }
  }

  @Test
  void the_bare_name_with_the_bare_token_is_read_too_and_of_several_all() {
    kept.add(new Cookie("access_token", "first"));
    kept.add(new Cookie("access_token", "second"));
    kept.add(new Cookie("access_token", "v1.AAAA"));
    assertThat(cookies.access(request()))
        .containsExactly(new ShownToken("first", null), new ShownToken("second", null));
  }

  @Test
  void another_applications_cookie_hides_none_of_ours() {
    kept.add(new Cookie("__Host-access_tokens", "x"));
    kept.add(new Cookie("access_token", "ours"));
    assertThat(cookies.access(request())).containsExactly(new ShownToken("ours", null));
    kept.add(new Cookie("__Host-access_token", "sealed"));
    assertThat(cookies.access(request())).containsExactly(new ShownToken("sealed", null));
    assertThat(cookies(new PublicUrl("http://localhost:9080"), null).access(request()))
        .as("without https no browser vouches for the name")
        .containsExactly(new ShownToken("sealed", null), new ShownToken("ours", null));
  }

  @Test
  void of_several_refresh_tokens_all_are_read_but_few() {
    TokenCookies local = cookies(new PublicUrl("http://localhost:9080"), null);
    for (String value : List.of("old", "good", "good", "3", "4", "5")) {
      kept.add(new Cookie("refresh_token", value));
    }
    assertThat(local.refresh(request()))
        .extracting(ShownToken::value)
        .containsExactly("old", "good", "3", "4");
  }

  @Test
  void a_refresh_or_id_token_that_we_did_not_seal_is_not_taken() {
    for (String name : List.of("refresh_token", "__Host-refresh_token", "id_token")) {
      kept.add(new Cookie(name, "made up"));
    }
    assertThat(cookies.refresh(request())).isEmpty();
    assertThat(cookies.idToken(request())).isEmpty();
  }

  @Test
  void a_sealed_token_is_good_only_for_what_it_was_sealed_as() {
    cookies.set(response(), TOKENS);
    String refresh = kept.get(1).getValue();
    kept.clear();
    kept.add(new Cookie("__Host-access_token", refresh));
    assertThat(cookies.access(request())).isEmpty();
  }

  @Test
  void a_token_that_is_too_large_for_a_cookie_takes_several_and_all_are_cleared() {
    String large = "x".repeat(14_000);
    cookies.set(response(), tokens(large));
    assertThat(kept).allMatch(cookie -> cookie.getValue().length() < 4_000);
    assertThat(cookies.access(request())).containsExactly(new ShownToken(large, "s1"));
    kept.add(new Cookie("access_token", "of the service before"));
    List<String> names = kept.stream().map(Cookie::getName).toList();
    List<Cookie> before = new ArrayList<>(kept);
    before.add(new Cookie("access_tokens", "another application's"));
    kept.clear();
    cookies.clear(Stub.of(HttpServletRequest.class, showing(before)), response());
    assertThat(kept).extracting(Cookie::getName).containsExactlyInAnyOrderElementsOf(names);
    assertThat(kept).allMatch(cookie -> cookie.getValue().isEmpty() && cookie.getMaxAge() == 0);
  }

  @Test
  void what_would_not_fit_into_a_request_together_is_refused_and_nothing_is_set() {
    String large = "x".repeat(7_500);
    TokenPair both =
        new TokenPair(large, Duration.ofMinutes(5), large, Duration.ofDays(1), "id", null);
    assertThatThrownBy(() -> cookies.set(response(), both))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("larger together than the cookies of a request");
    assertThat(kept).isEmpty();
    cookies.set(response(), tokens(large));
    assertThat(kept).isNotEmpty();
  }

  @Test
  void over_http_and_of_the_local_login_they_are_as_ever() {
    TokenCookies local = cookies(new PublicUrl("http://localhost:9080"), null);
    local.set(
        response(), new TokenPair("a", Duration.ofSeconds(5), "r", Duration.ofDays(1), null, null));
    assertThat(kept).extracting(Cookie::getName).containsExactly("access_token", "refresh_token");
    assertThat(kept).extracting(Cookie::getValue).containsExactly("a", "r");
    assertThat(kept).noneMatch(Cookie::getSecure);
  }

  @Test
  void several_sign_ins_go_on_at_once_and_the_oldest_are_forgotten() {
    SignInCookies signIns = new SignInCookies(box, https);
    List<PendingSignIn> begun = new ArrayList<>();
    for (int i = 0; i < SignInCookies.MOST + 1; i++) {
      PendingSignIn next = PendingSignIn.begin("/" + i, NOW.plusSeconds(i));
      begun.add(next);
      signIns.keep(next, request(), browser(), NOW);
    }
    assertThat(kept).hasSize(SignInCookies.MOST).allMatch(c -> c.getName().startsWith("__Host-"));
    assertThat(signIns.take(begun.get(0).state(), request(), browser(), NOW)).isEmpty();
    assertThat(signIns.take(begun.get(3).state(), request(), browser(), NOW))
        .contains(begun.get(3));
    assertThat(signIns.take(begun.get(3).state(), request(), browser(), NOW)).isEmpty();
    assertThat(signIns.take(new State(), request(), browser(), NOW)).isEmpty();
    assertThat(signIns.take(begun.get(5).state(), request(), browser(), NOW))
        .contains(begun.get(5));
  }

  @Test
  void sign_ins_with_long_ways_back_leave_room_for_a_login() {
    SignInCookies signIns = new SignInCookies(box, https);
    for (int i = 0; i < SignInCookies.MOST; i++) {
      PendingSignIn next = PendingSignIn.begin("/" + i + "x".repeat(1_000), NOW.plusSeconds(i));
      signIns.keep(next, request(), browser(), NOW);
    }
    assertThat(kept).isNotEmpty();
    assertThat(kept.stream().mapToInt(c -> c.getName().length() + c.getValue().length()).sum())
        .isLessThanOrEqualTo(SignInCookies.LARGEST);
  }

  private TokenCookies cookies(PublicUrl site, @Nullable String issuer) {
    OpenIdSettings settings =
        new OpenIdSettings(
            Optional.ofNullable(issuer),
            Optional.of("fleet"),
            Optional.empty(),
            Optional.empty(),
            "openid",
            Optional.empty(),
            "30");
    return new TokenCookies("access_token", settings, box, site);
  }

  private static TokenPair tokens(String access) {
    return new TokenPair(
        access, Duration.ofMinutes(5), "refresh", Duration.ofMinutes(30), "id", "s1");
  }

  private HttpServletRequest request() {
    return Stub.of(HttpServletRequest.class, showing(List.copyOf(kept)));
  }

  private static Map<String, Stub.Answer> showing(List<Cookie> cookies) {
    return Map.of("getCookies", a -> cookies.toArray(Cookie[]::new));
  }

  /** Keeps every cookie that is set. */
  private HttpServletResponse response() {
    return Stub.of(
        HttpServletResponse.class, Map.of("addCookie", a -> kept.add((Cookie) a[0]) ? null : null));
  }

  /** Keeps cookies as a browser does: one of a name, none without a life. */
  private HttpServletResponse browser() {
    return Stub.of(
        HttpServletResponse.class,
        Map.of(
            "addCookie",
            a -> {
              Cookie cookie = (Cookie) a[0];
              kept.removeIf(known -> known.getName().equals(cookie.getName()));
              if (cookie.getMaxAge() > 0) {
                kept.add(cookie);
              }
              return null;
            }));
  }
}
