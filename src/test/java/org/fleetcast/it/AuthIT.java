package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Refusals.refused;

import jakarta.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class AuthIT {
  private static final String ACCESS = "access_token";
  private static final String REFRESH = "refresh_token";
  private static final String STREAM = "/api/sse/stream?request_id=auth";

  private final Fleetcast server = SharedStack.get().fleetcast();
  private final Api nobody = Api.at(server.uri());

  @ParameterizedTest
  @CsvSource({
    "GET,/api/auth/self",
    "GET,/api/devices",
    "POST,/api/devices",
    "DELETE,/api/devices/1",
    "GET,/api/device-models",
    "GET,/api/devices/1/logs",
    "GET,/api/devices/1/provisioning",
    "GET,/api/sse/stream?request_id=a",
    "POST,/api/device-logs/subscribe",
    "GET,/api/device-logs/subscriptions",
  })
  void nobody_is_asked_to_authenticate(String method, String path) {
    Api.Answer answer = nobody.send(method, path, "application/json", "");

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
    refused(answer, 401, "AUTHENTICATION_REQUIRED", "Authentication is required");
  }

  @Test
  void header_and_cookie_open_the_same_doors_the_stream_included() {
    String token = login("either", "viewer").getOrDefault(ACCESS, "");
    for (Api caller : List.of(nobody.withBearer(token), withCookie(ACCESS, token))) {
      assertThat(caller.get("/api/auth/self").json().getString("subject")).isEqualTo("either");
      assertThat(caller.get("/api/devices").status()).isEqualTo(200);
    }
    assertThat(streamed(Map.of("Authorization", "Bearer " + token))).isEqualTo(200);
    assertThat(streamed(Map.of("Cookie", ACCESS + "=" + token))).isEqualTo(200);
  }

  @Test
  void the_header_counts_beside_a_cookie_and_a_bad_one_is_refused() {
    String cookie = login("cookie", "viewer").getOrDefault(ACCESS, "");
    Api both = withCookie(ACCESS, cookie).withBearer(nobody.editorToken());
    assertThat(both.get("/api/auth/self").json().getString("subject")).isEqualTo("fleetcast-cli");

    Api bad = withCookie(ACCESS, cookie).withBearer("bad");
    assertThat(bad.get("/api/auth/self").status()).isEqualTo(401);
    assertThat(
            streamed(Map.of("Cookie", ACCESS + "=" + cookie, "Authorization", "Bearer " + cookie)))
        .isEqualTo(200);
    assertThat(streamed(Map.of("Cookie", ACCESS + "=" + cookie, "Authorization", "Bearer bad")))
        .isEqualTo(401);
  }

  @Test
  void a_cookie_that_somebody_else_set_first_keeps_nobody_out() {
    String good = login("robbed", "viewer").getOrDefault(ACCESS, "");
    for (String cookies :
        List.of(
            ACCESS + "=bad; " + ACCESS + "=" + good, ACCESS + "=" + good + "; " + ACCESS + "=")) {
      Api browser = nobody.with("Cookie", cookies);
      assertThat(browser.get("/api/auth/self").json().getString("subject")).isEqualTo("robbed");
    }
  }

  @Test
  void a_refresh_token_that_somebody_else_set_first_keeps_nobody_out_either() {
    String good = login("robbed", "viewer").getOrDefault(REFRESH, "");
    Api.Answer answer =
        nobody.with("Cookie", REFRESH + "=bad; " + REFRESH + "=" + good).get("/api/auth/self");
    assertThat(answer.json().getString("subject")).isEqualTo("robbed");
    assertThat(answer.cookies()).containsKey(ACCESS);
  }

  @Test
  void a_token_that_was_changed_or_is_anothers_is_refused() {
    Map<String, String> login = login("forger", "viewer");
    String[] parts = login.getOrDefault(ACCESS, "").split("\\.");
    String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
    String raised = encoded(claims.replace("viewer", "editor"));
    String none = encoded("{\"alg\":\"none\",\"typ\":\"JWT\"}");

    for (String forged :
        List.of(
            "x",
            parts[0] + "." + raised + "." + parts[2],
            none + "." + raised + ".",
            parts[0] + "." + parts[1] + ".",
            login.getOrDefault(REFRESH, ""))) {
      assertThat(nobody.withBearer(forged).get("/api/auth/self").status()).isEqualTo(401);
      assertThat(withCookie(ACCESS, forged).get("/api/auth/self").status()).isEqualTo(401);
    }
  }

  @Test
  void a_devices_token_opens_no_door_of_people() {
    Operator operator = Operator.editor(server);
    int id = operator.device(Operator.unique("shut-out"));
    JsonObject client = operator.api().get("/api/devices/" + id + "/provisioning").json();
    String token = nobody.token(client.getString("client_id"), client.getString("client_secret"));
    Api device = nobody.withBearer(token);

    for (String path : List.of("/api/auth/self", "/api/devices", "/api/devices/" + id, STREAM)) {
      refused(device.get(path), 403, "AUTHORIZATION_FAILED", "You are not allowed to do this");
    }
    assertThat(device.post("/api/device-logs/subscribe", Operator.pair("auth", id)).status())
        .isEqualTo(403);
    assertThat(device.delete("/api/devices/" + id).status()).isEqualTo(403);
    assertThat(withCookie(ACCESS, token).get("/api/devices").status()).isEqualTo(403);
  }

  /** 404 comes from the device that is not there: the request got through. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-,-,404",
        "own,-,404",
        "own,same-origin,404",
        "-,same-origin,404",
        "-,none,404",
        "-,same-site,403",
        "-,cross-site,403",
        "own,cross-site,403",
        "http://evil.example,-,403",
        "http://evil.example,same-origin,403",
        "http://localhost:1,-,403",
        "http://localhost,-,403",
        "null,-,403",
      })
  void what_a_cookie_may_change_is_for_pages_of_this_site(
      @Nullable String origin, @Nullable String fetchSite, int status) {
    Api browser = withCookie(ACCESS, login("browser", "editor").getOrDefault(ACCESS, ""));
    Api terminal = terminal();
    if (origin != null) {
      String value = origin.equals("own") ? server.uri().toString() : origin;
      browser = browser.with("Origin", value);
      terminal = terminal.with("Origin", value);
    }
    if (fetchSite != null) {
      browser = browser.with("Sec-Fetch-Site", fetchSite);
      terminal = terminal.with("Sec-Fetch-Site", fetchSite);
    }
    assertThat(browser.delete("/api/devices/999999").status()).isEqualTo(status);
    assertThat(browser.post("/api/devices/999999/keycloak-sync").status()).isEqualTo(status);
    assertThat(terminal.delete("/api/devices/999999").status()).isEqualTo(404);
    assertThat(browser.get("/api/auth/self").status()).isEqualTo(200);
  }

  @Test
  void a_body_that_is_not_json_is_refused_and_no_body_is_fine() {
    for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "text/json")) {
      refused(
          terminal().send("POST", "/api/device-models", type, "{}"),
          415,
          "UNSUPPORTED_MEDIA_TYPE",
          "The request body must be application/json");
      assertThat(terminal().send("DELETE", "/api/devices/999999", type, "{}").status())
          .isEqualTo(415);
    }
    assertThat(
            terminal()
                .send("POST", "/api/device-models", "application/json; charset=utf-8", "{}")
                .status())
        .isEqualTo(400);
    assertThat(terminal().post("/api/devices/999999/keycloak-sync").status()).isEqualTo(404);
  }

  private Map<String, String> login(String user, String role) {
    return nobody.get("/api/auth/login?user=" + user + "&role=" + role).cookies();
  }

  private Api terminal() {
    return nobody.withBearer(nobody.editorToken());
  }

  private Api withCookie(String name, String value) {
    return nobody.with("Cookie", name + "=" + value);
  }

  private int streamed(Map<String, String> headers) {
    URI address = server.uri().resolve(STREAM);
    try (SseClient stream = SseClient.open(address, headers)) {
      return stream.status();
    }
  }

  private static String encoded(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
