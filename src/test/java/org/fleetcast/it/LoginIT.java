package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Refusals.refused;

import jakarta.json.Json;
import java.io.IOException;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class LoginIT {
  private static final String ACCESS = "access_token";
  private static final String REFRESH = "refresh_token";
  private static final String STREAM = "/api/sse/stream?request_id=auth";

  private final Fleetcast server = SharedStack.get().fleetcast();
  private final Api nobody = Api.at(server.uri());

  @Test
  void a_login_tells_who_it_was_given_and_what_is_not_known_is_null() {
    String query = "/api/auth/login?user=ann&role=viewer&name=Ann+O.&email=ann%40example.org";
    Api ann = withCookie(ACCESS, nobody.get(query).cookies().getOrDefault(ACCESS, ""));

    assertThat(ann.get("/api/auth/self").body())
        .isEqualTo(
            "{\"email\":\"ann@example.org\",\"name\":\"Ann O.\",\"roles\":[\"viewer\"],\"subject\":\"ann\"}");
    assertThat(nobody.withBearer(nobody.editorToken()).get("/api/auth/self").body())
        .isEqualTo(
            "{\"email\":null,\"name\":null,\"roles\":[\"editor\"],\"subject\":\"fleetcast-cli\"}");
    assertThat(
            withCookie(ACCESS, nobody.get("/api/auth/login").cookies().getOrDefault(ACCESS, ""))
                .get("/api/auth/self")
                .json())
        .containsEntry("subject", Json.createValue("local-user"))
        .containsEntry("roles", Json.createArrayBuilder().add("editor").build());
  }

  @Test
  void login_cookies_are_host_only_and_out_of_reach_of_scripts_and_other_sites() {
    Api.Answer answer = nobody.get("/api/auth/login?user=cookies");

    assertThat(answer.status()).isEqualTo(302);
    assertThat(answer.header("Location")).isEqualTo("/");
    assertThat(answer.header("Cache-Control")).contains("no-store");
    assertThat(answer.headers().allValues("Set-Cookie"))
        .hasSize(2)
        .allSatisfy(
            cookie ->
                assertThat(cookie)
                    .containsIgnoringCase("; HttpOnly")
                    .containsIgnoringCase("; SameSite=Lax")
                    .containsIgnoringCase("; Path=/")
                    .doesNotContainIgnoringCase("domain=")
                    .doesNotContainIgnoringCase("; secure"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//evil.example", "/\\evil.example", "\\\\evil.example", "http://evil.example", "evil",
        "", "/a\tb", "/a\r\nSet-Cookie: x=y", "javascript:alert(1)", "/\0"
      })
  void a_redirect_to_elsewhere_is_refused(String redirect) {
    for (String path : List.of("/api/auth/login", "/api/auth/logout")) {
      Api.Answer answer = nobody.get(path + "?redirect=" + urlEncoded(redirect));
      refused(answer, 400, "VALIDATION_FAILED", "redirect: must be a path of this site");
      assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
    }
  }

  @Test
  void a_redirect_on_this_site_is_followed_to_the_letter() {
    String page = "/devices?open=7&x=//y#top";
    for (String path : List.of("/api/auth/login", "/api/auth/logout")) {
      Api.Answer answer = nobody.get(path + "?redirect=" + urlEncoded(page));
      assertThat(answer.status()).isEqualTo(302);
      assertThat(answer.header("Location")).isEqualTo(page);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"role=admin", "role=", "user=", "user=%0A", "name=%00"})
  void a_local_login_of_nobody_is_refused(String query) {
    Api.Answer answer = nobody.get("/api/auth/login?" + query);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("code")).isEqualTo("VALIDATION_FAILED");
  }

  @Test
  void a_missing_access_cookie_is_renewed_in_the_same_request_and_the_result_is_shared() {
    Api returning = withCookie(REFRESH, login("returning", "viewer").getOrDefault(REFRESH, ""));

    Api.Answer first = returning.get("/api/auth/self");
    Map<String, String> renewed = first.cookies();
    assertThat(first.json().getString("subject")).isEqualTo("returning");
    assertThat(first.header("Cache-Control")).contains("no-store");
    assertThat(renewed).containsOnlyKeys(ACCESS, REFRESH);
    assertThat(returning.get("/api/devices").cookies()).isEqualTo(renewed);
    assertThat(withCookie(ACCESS, renewed.getOrDefault(ACCESS, "")).get("/api/auth/self").status())
        .isEqualTo(200);
    try (SseClient stream =
        SseClient.open(server.uri().resolve(STREAM), Map.of("Cookie", cookie(renewed, REFRESH)))) {
      assertThat(stream.status()).isEqualTo(200);
      assertThat(stream.headers().allValues("Set-Cookie"))
          .anyMatch(set -> set.startsWith(ACCESS + "="));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "localhost.evil.example:9080"})
  void the_local_login_answers_nobody_who_calls_this_machine_by_another_name(String host)
      throws IOException {
    String head = " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n";
    String form = "grant_type=client_credentials&client_id=fleetcast-cli&client_secret=local";
    assertThat(answered("GET /api/auth/login" + head + "\r\n"))
        .startsWith("HTTP/1.1 403")
        .doesNotContain("Set-Cookie");
    assertThat(
            answered(
                "POST /api/auth/token"
                    + head
                    + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                    + form.length()
                    + "\r\n\r\n"
                    + form))
        .startsWith("HTTP/1.1 403")
        .doesNotContain("access_token");
  }

  private String answered(String request) throws IOException {
    try (Socket socket = new Socket("localhost", server.uri().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void logout_clears_the_cookies_and_ends_their_session() {
    Map<String, String> login = login("leaving", "viewer");
    Api browser = nobody.with("Cookie", cookie(login, ACCESS) + "; " + cookie(login, REFRESH));

    Api.Answer answer = browser.get("/api/auth/logout");

    assertThat(answer.status()).isEqualTo(302);
    assertThat(answer.header("Location")).isEqualTo("/");
    assertThat(answer.cookies())
        .containsExactlyInAnyOrderEntriesOf(Map.of(ACCESS, "", REFRESH, ""));
    assertThat(withCookie(REFRESH, login.getOrDefault(REFRESH, "")).get("/api/auth/self").status())
        .isEqualTo(401);
    assertThat(nobody.get("/api/auth/logout").status()).isEqualTo(302);
  }

  private Map<String, String> login(String user, String role) {
    return nobody.get("/api/auth/login?user=" + user + "&role=" + role).cookies();
  }

  private Api withCookie(String name, String value) {
    return nobody.with("Cookie", name + "=" + value);
  }

  private static String cookie(Map<String, String> cookies, String name) {
    return name + "=" + cookies.get(name);
  }

  private static String urlEncoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
