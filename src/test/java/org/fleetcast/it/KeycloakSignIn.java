package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.fleetcast.it.Refusals.refused;
import static org.fleetcast.it.Registry.fields;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.Cookie;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Keycloak;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** People who sign in at a Keycloak over TLS, and others who would like to be taken for them. */
@SuppressWarnings("NullAway.Init")
abstract class KeycloakSignIn {
  private static final String CLIENT = "fleetcast-page";
  private static final String CLIENT_SECRET = "of-the-page";
  private static final String USERS = "/admin/realms/" + Keycloak.REALM + "/users";
  private static final String CALLBACK = "/api/auth/callback";
  private static final String ACCESS = "access_token";
  private static final String REFRESH = "refresh_token";
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final Path PICTURES = Path.of("target", "sign-in");

  private static Keycloak keycloak;
  private static Mosquitto broker;
  private static Fleetcast server;
  private static URI home;

  @BeforeAll
  static void startServer() {
    keycloak = Keycloak.shared();
    broker = Mosquitto.open();
    server =
        Fleetcast.prepared()
            .without("FLEETCAST_LOCAL_LOGIN")
            .with("MQTT_URL", broker.url())
            .with("OIDC_ISSUER_URL", keycloak.issuer().toString())
            .with("OIDC_CA_FILE", keycloak.caFile().toString())
            .with("OIDC_CLIENT_ID", CLIENT)
            .with("OIDC_CLIENT_SECRET", CLIENT_SECRET)
            .start();
    home = server.uri();
    Api.Answer created =
        keycloak.admin().post("/admin/realms/" + Keycloak.REALM + "/clients", client());
    assertThat(created.status()).as(created.body()).isEqualTo(201);
  }

  @AfterAll
  static void stopServer() {
    server.close();
    broker.close();
  }

  /** One page at exactly one address, whose access tokens live for seconds. */
  private static JsonObject client() {
    return fields()
        .add("clientId", CLIENT)
        .add("secret", CLIENT_SECRET)
        .add("publicClient", false)
        .add("directAccessGrantsEnabled", false)
        .add("redirectUris", Json.createArrayBuilder().add(home + CALLBACK))
        .add(
            "attributes",
            fields()
                .add("access.token.lifespan", "8")
                .add("pkce.code.challenge.method", "S256")
                .add("post.logout.redirect.uris", home + "/")
                .add("backchannel.logout.url", home + "/api/auth/backchannel-logout")
                .add("backchannel.logout.session.required", "true"))
        .build();
  }

  @Test
  void a_person_signs_in_at_keycloak_watches_logs_outlives_tokens_and_signs_out_in_all_tabs() {
    Sensor sensor = sensor();
    try (Browser browser = Console.browser();
        Console console = Console.in(browser, home);
        MqttPublisher device = MqttPublisher.connected(URI.create(broker.url()))) {
      Page page = console.page();
      page.navigate("/");
      assertThat(console.signInLink()).isVisible();
      picture("1-not-signed-in", page);
      console.signInLink().click();
      enterAtKeycloak(page);
      picture("2-at-keycloak", page);
      page.locator("#kc-login").click();
      assertThat(console.connection()).hasText("Live");
      assertThat(page.locator("#user")).hasText("Edgar Editor");
      picture("3-signed-in", page);

      console.choose(sensor);
      publishUntilSeen(console, device, sensor);
      double opened = streamsOpened();
      List<String> sent = publishOver(5, page, device, sensor);
      assertThat(streamsOpened()).as("the stream was not opened again").isEqualTo(opened);
      assertThat(console.row(sent.get(sent.size() - 1))).isVisible();
      assertThat(console.allRows().stream().map(Object::toString))
          .endsWith(sent.toArray(String[]::new));
      picture("4-five-tokens-later", page);

      Console other = console.tab();
      other.page().navigate("/");
      assertThat(other.connection()).hasText("Live");
      page.locator("a[href^='/api/auth/logout']").click();
      assertThat(other.page().locator("#login-reason")).containsText("Your session has ended");
      assertThat(console.signInLink()).isVisible();
      assertThat(page).hasURL(home + "/");
      picture("5-signed-out", page);
      picture("6-signed-out-in-the-other-tab", other.page());
      console.signInLink().click();
      assertThat(page.locator("#kc-login")).isVisible();
    }
  }

  @Test
  void what_is_not_saved_is_there_after_keycloak_ended_the_session_and_a_sign_in_there() {
    Sensor sensor = sensor();
    String written = "{\"deviceName\":\"%s\"}".formatted(Operator.unique("Written"));
    try (Browser browser = Console.browser();
        Console console = Console.in(browser, home)) {
      Page page = console.page();
      page.navigate("/");
      console.signInLink().click();
      enterAtKeycloak(page);
      page.locator("#kc-login").click();
      assertThat(console.connection()).hasText("Live");
      Locator config = config(console.go("/devices/" + sensor.id() + "/edit"));
      assertThat(config).hasValue(Pattern.compile(".*" + sensor.entityId() + ".*"));
      config.fill(written);

      assertThat(realmAdmin().post(USERS + "/" + user("editor").getString("id") + "/logout"))
          .returns(204, Api.Answer::status);
      assertThat(page.locator("#login-reason")).containsText("Your session has ended");
      console.signInLink().click();
      enterAtKeycloak(page);
      page.locator("#kc-login").click();

      assertThat(config).hasValue(written);
      assertThat(page.locator("#editor-status")).containsText("Not saved yet");
      config.press("Control+s");
      assertThat(page.locator("#editor-status")).containsText("Saved.");
    }
  }

  private static Locator config(Console console) {
    return console.page().getByLabel("Config", new Page.GetByLabelOptions().setExact(true));
  }

  private static void enterAtKeycloak(Page page) {
    page.locator("#username").fill("editor");
    page.locator("#password").fill(keycloak.password());
  }

  /** Keeps what the browser shows, for whoever wants to see it. */
  private static void picture(String name, Page page) {
    page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
  }

  private static double streamsOpened() {
    return Api.at(home).metric("sse_identity_binding_total", "status=\"success\"");
  }

  private static void publishUntilSeen(Console console, MqttPublisher device, Sensor sensor) {
    await()
        .pollInSameThread()
        .atMost(SOON)
        .until(
            () -> {
              device.publish(Operator.TOPIC, line(sensor, "before"));
              return console.row("before").count() > 0;
            });
  }

  private static String line(Sensor sensor, String message) {
    return fields().add("entity_id", sensor.entityId()).add("message", message).build() + "\n";
  }

  /** Publishes line after line until the browser has had so many other tokens. */
  private static List<String> publishOver(
      int renewals, Page page, MqttPublisher device, Sensor sensor) {
    List<String> sent = new ArrayList<>();
    Set<String> tokens = new TreeSet<>();
    await()
        .pollInSameThread()
        .pollInterval(Duration.ofMillis(150))
        .atMost(SOON)
        .until(
            () -> {
              String line = "line %04d".formatted(sent.size());
              device.publish(Operator.TOPIC, line(sensor, line));
              sent.add(line);
              page.evaluate("async () => (await fetch('/api/auth/self')).status");
              page.context().cookies().stream()
                  .filter(cookie -> cookie.name.equals(ACCESS))
                  .map((Cookie cookie) -> cookie.value)
                  .forEach(tokens::add);
              return tokens.size() > renewals;
            });
    return sent;
  }

  @Test
  void who_signs_out_at_keycloak_loses_streams_and_tokens_here() {
    Visitor visitor = signedIn("viewer");
    JsonObject raw = tokens(visitor);
    String token = raw.getString(ACCESS);
    String idToken = raw.getString("id_token");
    Api holder = Api.at(home).withBearer(token);
    assertThat(holder.get("/api/auth/self").status()).isEqualTo(200);
    assertThat(holder.post("/api/rotation/trigger").status()).isEqualTo(403);
    try (SseClient stream = stream(visitor)) {
      visitor.get(
          URI.create(
              keycloak.issuer() + "/protocol/openid-connect/logout?id_token_hint=" + idToken));
      assertThat(stream.await(SOON, "connection_close").data())
          .isEqualTo("{\"reason\":\"logout\"}");
    }
    assertThat(holder.get("/api/auth/self").status()).isEqualTo(401);
    assertThat(Api.at(home).with("Cookie", visitor.cookies(home)).get("/api/devices").status())
        .isEqualTo(401);
  }

  @Test
  void a_session_is_renewed_in_the_same_request_and_not_by_a_refresh_token_that_is_used_up() {
    rotatesRefreshTokens(true);
    try {
      Visitor visitor = signedIn("editor");
      visitor.kept(home).remove(ACCESS);
      Api returning = Api.at(home).with("Cookie", visitor.cookies(home));
      Api.Answer renewed = returning.get("/api/auth/self");
      assertThat(renewed.json().getString("name")).isEqualTo("Edgar Editor");
      assertThat(returning.get("/api/devices").status()).as("it is shared").isEqualTo(200);
      assertThat(renewed.cookies()).containsKeys(ACCESS, REFRESH);

      await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                Api.Answer refusal = returning.get("/api/auth/self");
                assertThat(refusal.status()).isEqualTo(401);
                assertThat(refusal.cookies()).containsEntry(ACCESS, "").containsEntry(REFRESH, "");
              });
    } finally {
      rotatesRefreshTokens(false);
    }
  }

  @Test
  void a_stream_is_renewed_although_refresh_tokens_are_rotated_until_keycloak_refuses() {
    rotatesRefreshTokens(true);
    try {
      Visitor visitor = signedIn("viewer");
      String shown = visitor.cookies(home);
      String access = ACCESS + "=" + visitor.kept(home).get(ACCESS);
      try (SseClient stream = stream(visitor);
          SseClient unrenewed = stream("unrenewed", access)) {
        assertThat(unrenewed.await(SOON, "connection_close").data())
            .isEqualTo("{\"reason\":\"token-expired\"}");
        Api.Answer next = Api.at(home).with("Cookie", shown).get("/api/auth/self");
        assertThat(next.status()).isEqualTo(200);
        assertThat(next.cookies()).containsKeys(ACCESS, REFRESH);
        assertThat(stream.events("connection_close")).isEmpty();
        enables("viewer", false);
        assertThat(stream.await(SOON, "connection_close").data())
            .isEqualTo("{\"reason\":\"token-expired\"}");
      }
    } finally {
      enables("viewer", true);
      rotatesRefreshTokens(false);
    }
  }

  private static void enables(String user, boolean enabled) {
    JsonObject known = user(user);
    JsonObject change = Json.createObjectBuilder(known).add("enabled", enabled).build();
    assertThat(realmAdmin().put(USERS + "/" + known.getString("id"), change).status())
        .isEqualTo(204);
  }

  /** As Keycloak knows him. */
  private static JsonObject user(String name) {
    return first(realmAdmin().get(USERS + "?exact=true&username=" + name).body());
  }

  private static JsonObject first(String json) {
    try (JsonReader reader = Json.createReader(new StringReader(json))) {
      return reader.readArray().getJsonObject(0);
    }
  }

  @Test
  void while_keycloak_does_not_answer_a_session_waits_and_is_kept() {
    Visitor visitor = signedIn("viewer");
    visitor.kept(home).remove(ACCESS);
    Api returning = Api.at(home).with("Cookie", visitor.cookies(home));
    keycloak.suspend();
    try {
      Api.Answer answer = returning.get("/api/auth/self");
      refused(answer, 503, "SERVICE_UNAVAILABLE", "The login provider does not answer right now");
      assertThat(answer.header("Retry-After")).isNotEmpty();
      assertThat(answer.cookies()).isEmpty();
    } finally {
      keycloak.resume();
    }
    await().atMost(SOON).until(() -> returning.get("/api/auth/self").status() == 200);
  }

  @Test
  void an_answer_counts_only_in_the_browser_that_asked_and_only_once() {
    Visitor visitor = new Visitor(keycloak.caFile());
    URI authorization = visitor.led(home.resolve("/api/auth/login?redirect=/%23/devices/7"));
    URI secondTab = visitor.led(home.resolve("/api/auth/login"));
    URI thirdTab = visitor.led(home.resolve("/api/auth/login"));
    URI answer = visitor.signIn(authorization, "editor", keycloak.password());

    Visitor stranger = new Visitor(keycloak.caFile());
    isNotSignedIn(stranger, answer, 400);
    stranger.led(home.resolve("/api/auth/login"));
    isNotSignedIn(stranger, answer, 400);
    URI answerOfTheSecond = visitor.led(secondTab); // Keycloak knows him now
    isNotSignedIn(stranger, with(answerOfTheSecond, "state", stateOf(stranger)), 400);
    isNotSignedIn(visitor, with(answer, "state", "another"), 400);
    isNotSignedIn(visitor, with(answer, "state", ""), 400);

    assertThat(visitor.led(answer)).isEqualTo(home.resolve("/#/devices/7"));
    assertThat(visitor.get(home.resolve("/api/auth/self")).statusCode()).isEqualTo(200);
    HttpResponse<String> again = visitor.get(answer);
    assertThat(again.statusCode()).isEqualTo(400);
    assertThat(visitor.led(visitor.led(thirdTab))).isEqualTo(home.resolve("/"));
  }

  @Test
  void an_answer_of_another_provider_or_a_refusal_signs_nobody_in() {
    Visitor visitor = new Visitor(keycloak.caFile());
    URI authorization = visitor.led(home.resolve("/api/auth/login"));
    URI answer = visitor.signIn(authorization, "viewer", keycloak.password());
    isNotSignedIn(visitor, with(answer, "iss", "https%3A%2F%2Fevil.example"), 400);

    visitor.led(home.resolve("/api/auth/login"));
    String state = stateOf(visitor);
    String issuer = "&iss=" + keycloak.issuer();
    isNotSignedIn(
        visitor, home.resolve(CALLBACK + "?error=access_denied&state=" + state + issuer), 403);
    assertThat(visitor.kept(home)).doesNotContainKeys(ACCESS, REFRESH);
  }

  /** As a browser gets it: a sentence and a button, nothing of what came in the address. */
  private static void isNotSignedIn(Visitor visitor, URI callback, int status) {
    HttpResponse<String> answer = visitor.get(callback);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
    assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("frame-ancestors 'none'");
    assertThat(answer.body())
        .contains("href=\"/api/auth/login?redirect=/\">Sign in<")
        .doesNotContain("evil", "{\"error\"");
    assertThat(visitor.kept(home)).doesNotContainKeys(ACCESS, REFRESH);
    refused(Api.at(home).get("/api/auth/self"), 401, "Authentication is required");
  }

  @Test
  void the_cookies_of_a_session_are_sealed_and_no_script_reaches_them() {
    Visitor visitor = new Visitor(keycloak.caFile());
    URI answer =
        visitor.signIn(visitor.led(home.resolve("/api/auth/login")), "viewer", keycloak.password());
    List<String> set = visitor.get(answer).headers().allValues("Set-Cookie");
    assertThat(set).hasSize(4); // three are set, that of the pending sign-in is cleared
    assertThat(set)
        .allSatisfy(
            cookie ->
                assertThat(cookie)
                    .containsIgnoringCase("; HttpOnly")
                    .containsIgnoringCase("; SameSite=Lax")
                    .doesNotContainIgnoringCase("domain=")
                    .doesNotContain("=ey"));
  }

  @Test
  void an_id_token_is_no_access_token() {
    String idToken = tokens(signedIn("editor")).getString("id_token");
    assertThat(payload(idToken)).contains("\"typ\":\"ID\"");
    assertThat(Api.at(home).withBearer(idToken).get("/api/auth/self").status()).isEqualTo(401);
    assertThat(Api.at(home).with("Cookie", ACCESS + "=" + idToken).get("/api/devices").status())
        .isEqualTo(401);
  }

  @Test
  void a_forged_logout_token_ends_nothing() {
    Visitor visitor = signedIn("viewer");
    String[] access = tokens(visitor).getString(ACCESS).split("\\.");
    String claims = payload(String.join(".", access));
    String forged =
        access[0]
            + "."
            + encoded(
                claims.replaceFirst(
                    "\\{",
                    "{\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}},"))
            + "."
            + access[2];
    for (String token : List.of(forged, String.join(".", access), "x", "")) {
      Api.Answer answer =
          Api.at(home)
              .send(
                  "POST",
                  "/api/auth/backchannel-logout",
                  "application/x-www-form-urlencoded",
                  "logout_token=" + token);
      assertThat(answer.status()).as(token).isEqualTo(400);
    }
    assertThat(Api.at(home).with("Cookie", visitor.cookies(home)).get("/api/auth/self").status())
        .isEqualTo(200);
  }

  @Test
  void a_page_of_another_site_signs_nobody_out() {
    Visitor visitor = signedIn("viewer");
    HttpResponse<String> asked = visitor.get(home.resolve("/api/auth/logout"), "cross-site");
    assertThat(asked.statusCode()).isEqualTo(200);
    assertThat(asked.body()).contains("href=\"/api/auth/logout\">Sign out<");
    assertThat(
            Api.at(home)
                .with("Cookie", visitor.cookies(home))
                .with("Sec-Fetch-Site", "cross-site")
                .get("/api/auth/logout")
                .status())
        .isEqualTo(403);
    assertThat(visitor.get(home.resolve("/api/auth/self")).statusCode()).isEqualTo(200);

    String copied = REFRESH + "=" + visitor.kept(home).get(REFRESH);
    int sessions = sessionsAtKeycloak();
    URI provider = visitor.led(home.resolve("/api/auth/logout"));
    assertThat(Api.at(home).with("Cookie", copied).get("/api/auth/self").status()).isEqualTo(401);
    await("that the refresh token is revoked before the browser comes to Keycloak")
        .atMost(SOON)
        .until(() -> sessionsAtKeycloak() == sessions - 1);
    assertThat(provider.toString())
        .startsWith(keycloak.issuer() + "/protocol/openid-connect/logout?")
        .contains("id_token_hint=", "post_logout_redirect_uri=");
    assertThat(visitor.led(provider)).isEqualTo(home.resolve("/"));
    assertThat(visitor.kept(home)).doesNotContainKeys(ACCESS, REFRESH, "id_token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"//evil.example", "/%5Cevil.example", "https:%2F%2Fevil.example", "/%0d"})
  void a_way_back_to_elsewhere_is_refused_before_the_sign_in(String redirect) {
    Api.Answer answer = Api.at(home).get("/api/auth/login?redirect=" + redirect);
    refused(answer, 400, "VALIDATION_FAILED", "redirect: must be a path of this site");
    assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
  }

  private static Visitor signedIn(String user) {
    Visitor visitor = new Visitor(keycloak.caFile());
    URI authorization = visitor.led(home.resolve("/api/auth/login"));
    URI answer = visitor.signIn(authorization, user, keycloak.password());
    assertThat(visitor.led(answer)).isEqualTo(home.resolve("/"));
    return visitor;
  }

  /** What Keycloak itself gives the page's client for the session of a visitor. */
  private static JsonObject tokens(Visitor visitor) {
    String protocol = keycloak.issuer() + "/protocol/openid-connect";
    String verifier = "v".repeat(43);
    URI answer =
        visitor.led(
            URI.create(
                protocol
                    + "/auth?response_type=code&scope=openid&nonce=n&client_id="
                    + CLIENT
                    + "&redirect_uri="
                    + home
                    + CALLBACK
                    + "&code_challenge_method=S256&code_challenge="
                    + challenge(verifier)));
    Api.Answer granted =
        Api.at(keycloak.uri())
            .send(
                "POST",
                URI.create(protocol + "/token").getPath(),
                "application/x-www-form-urlencoded",
                "grant_type=authorization_code&client_id="
                    + CLIENT
                    + "&client_secret="
                    + CLIENT_SECRET
                    + "&redirect_uri="
                    + home
                    + CALLBACK
                    + "&code_verifier="
                    + verifier
                    + "&code="
                    + parameter(answer, "code"));
    assertThat(granted.status()).as(granted.body()).isEqualTo(200);
    return granted.json();
  }

  private static String challenge(String verifier) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  private static SseClient stream(Visitor visitor) {
    return stream("sign-in", visitor.cookies(home));
  }

  private static SseClient stream(String id, String cookies) {
    SseClient stream =
        SseClient.open(home.resolve("/api/sse/stream?request_id=" + id), Map.of("Cookie", cookies));
    assertThat(stream.status()).isEqualTo(200);
    return stream;
  }

  private static Sensor sensor() {
    Registry registry = new Registry(Api.at(home).with("Cookie", signedIn("editor").cookies(home)));
    String name = Operator.unique("Sensor");
    String entityId = Operator.unique("sensor.signin");
    JsonObject config = fields().add("deviceName", name).add("deviceEntityId", entityId).build();
    Api.Answer created = registry.create(registry.newModel(), config.toString());
    return new Sensor(created.json().getInt("id"), name, entityId);
  }

  /** The state of the sign-in that the visitor began last, as its provider would see it. */
  private static String stateOf(Visitor visitor) {
    URI authorization = visitor.led(home.resolve("/api/auth/login"));
    return parameter(authorization, "state");
  }

  private static String parameter(URI address, String name) {
    for (String pair : address.getRawQuery().split("&")) {
      if (pair.startsWith(name + "=")) {
        return pair.substring(name.length() + 1);
      }
    }
    throw new IllegalStateException("There is no " + name + " in " + address);
  }

  private static URI with(URI address, String name, String value) {
    String old = name + "=" + parameter(address, name);
    return URI.create(address.toString().replace(old, name + "=" + value));
  }

  private static int sessionsAtKeycloak() {
    String clients = "/admin/realms/" + Keycloak.REALM + "/clients";
    String uuid =
        first(keycloak.admin().get(clients + "?clientId=" + CLIENT).body()).getString("id");
    return keycloak.admin().get(clients + "/" + uuid + "/session-count").json().getInt("count");
  }

  private static Api realmAdmin() {
    return Api.at(keycloak.uri())
        .withBearer(keycloak.clientToken("realm-admin", keycloak.adminSecret()));
  }

  private static void rotatesRefreshTokens(boolean rotates) {
    JsonObject change =
        fields().add("revokeRefreshToken", rotates).add("refreshTokenMaxReuse", 0).build();
    assertThat(realmAdmin().put("/admin/realms/" + Keycloak.REALM, change).status()).isEqualTo(204);
  }

  private static String payload(String token) {
    return new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8);
  }

  private static String encoded(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
