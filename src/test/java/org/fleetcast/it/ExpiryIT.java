package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;

import com.microsoft.playwright.Page;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What happens when a token ends: on a server of its own, whose tokens live for seconds. */
@Tag("long")
public class ExpiryIT {
  private static final Fleetcast SERVER =
      Fleetcast.prepared().with("FLEETCAST_LOCAL_TOKEN_SECONDS", "8").start();
  private static final Api NOBODY = Api.at(SERVER.uri());
  private static final String STREAM = "/api/sse/stream?request_id=expiry";

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void an_expired_token_is_refused_in_the_header() {
    String token = NOBODY.editorToken();
    Api terminal = NOBODY.withBearer(token);
    assertThat(terminal.get("/api/auth/self").status()).isEqualTo(200);

    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(terminal.get("/api/auth/self").status()).isEqualTo(401));
    assertThat(terminal.get(STREAM).status()).isEqualTo(401);
  }

  @Test
  void an_expired_cookie_is_renewed_where_a_valid_refresh_cookie_is_there() {
    Map<String, String> login = NOBODY.get("/api/auth/login?user=patient").cookies();
    String access = "access_token=" + login.getOrDefault("access_token", "");
    String both = access + "; refresh_token=" + login.getOrDefault("refresh_token", "");
    Awaitility.await()
        .atMost(SOON)
        .until(() -> NOBODY.with("Cookie", access).get("/api/auth/self").status() == 401);

    Api.Answer answer = NOBODY.with("Cookie", both).get("/api/auth/self");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.cookies().getOrDefault("access_token", ""))
        .isNotEqualTo(login.getOrDefault("access_token", ""));
    try (SseClient stream = SseClient.open(SERVER.uri().resolve(STREAM), Map.of("Cookie", both))) {
      assertThat(stream.status()).isEqualTo(200);
      assertThat(stream.headers().allValues("Set-Cookie"))
          .anyMatch(set -> set.startsWith("access_token="));
    }
  }

  @Test
  void a_stream_that_came_with_cookies_outlives_its_token_and_ends_at_the_logout() {
    Map<String, String> login = NOBODY.get("/api/auth/login?user=watcher").cookies();
    String access = "access_token=" + login.getOrDefault("access_token", "");
    String both = access + "; refresh_token=" + login.getOrDefault("refresh_token", "");
    try (SseClient stream = stream("renewed", both);
        SseClient unrenewed = stream("unrenewed", access)) {
      assertThat(unrenewed.await(SOON, "connection_close").data())
          .isEqualTo("{\"reason\":\"token-expired\"}");
      Map<String, String> fresh =
          NOBODY.with("Cookie", both).get("/api/auth/self").cookies(); // which it was not told yet
      assertThat(fresh).containsKeys("access_token", "refresh_token");
      assertThat(stream.events("connection_close")).isEmpty();
      NOBODY.with("Cookie", both).get("/api/auth/logout");
      assertThat(stream.await(SOON, "connection_close").data())
          .isEqualTo("{\"reason\":\"logout\"}");
      assertThat(NOBODY.with("Cookie", both).get("/api/auth/self").status()).isEqualTo(401);
    }
  }

  private static SseClient stream(String id, String cookies) {
    return SseClient.open(
        SERVER.uri().resolve("/api/sse/stream?request_id=" + id), Map.of("Cookie", cookies));
  }

  @Test
  void a_page_goes_on_with_a_renewed_token_and_its_stream_is_not_cut() {
    try (Browser browser = Browser.started()) {
      Page page = browser.window(SERVER.uri());
      page.navigate("/api/auth/login?redirect=/favicon.svg&user=page");
      page.evaluate(
          "async () => {"
              + "  const { FleetcastClient } = await import('/fleetcast-client.js');"
              + "  window.opened = []; window.states = [];"
              + "  const fleet = new FleetcastClient();"
              + "  fleet.addEventListener('ready', e => window.opened.push(e.detail.resumed));"
              + "  fleet.addEventListener('state', e => window.states.push(e.detail.state)); }");

      Set<String> tokens = new LinkedHashSet<>();
      Awaitility.await()
          .pollInSameThread()
          .atMost(SOON)
          .until(
              () -> {
                page.evaluate("async () => (await fetch('/api/auth/self')).status");
                page.context().cookies().stream()
                    .filter(cookie -> cookie.name.equals("access_token"))
                    .forEach(cookie -> tokens.add(cookie.value));
                return tokens.size() > 2 && isOver(tokens.iterator().next());
              });
      assertThat(page.evaluate("() => window.opened")).isEqualTo(List.of(false));
      assertThat(page.evaluate("() => [...new Set(window.states)].sort()"))
          .isEqualTo(List.of("connecting", "live"));
    }
  }

  private static boolean isOver(String token) {
    return NOBODY.with("Cookie", "access_token=" + token).get("/api/auth/self").status() == 401;
  }

  @Test
  void a_stream_ends_with_its_token() {
    Map<String, String> header = Map.of("Authorization", "Bearer " + NOBODY.editorToken());
    try (SseClient stream = SseClient.open(SERVER.uri().resolve(STREAM), header)) {
      assertThat(stream.await(SOON, "connection_close").data())
          .isEqualTo("{\"reason\":\"token-expired\"}");
      stream.awaitEnd(SOON);
    }
  }
}
