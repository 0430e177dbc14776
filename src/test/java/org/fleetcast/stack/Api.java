package org.fleetcast.stack;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A caller of the REST API: nobody, a browser with its cookies, or the bearer of a token. */
public final class Api {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final URI base;
  private final HttpClient client;
  private final Map<String, String> headers;

  private Api(URI base, HttpClient client, Map<String, String> headers) {
    this.base = base;
    this.client = client;
    this.headers = Map.copyOf(headers);
  }

  /** A caller without any identity. */
  public static Api at(URI base) {
    return new Api(base, Http.client().build(), Map.of());
  }

  /** The same caller with one more header on every request. */
  public Api with(String header, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(header, value);
    return new Api(base, client, more);
  }

  /** The same caller with a token. */
  public Api withBearer(String token) {
    return with("Authorization", "Bearer " + token);
  }

  /** A browser that the local login signed in; it keeps and sends its cookies. */
  public Api signedIn(String subject, String role) {
    HttpClient browser =
        Http.client()
            .cookieHandler(new CookieManager(null, CookiePolicy.ACCEPT_ALL))
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    Api signedIn = new Api(base, browser, headers);
    signedIn.get("/api/auth/login?user=" + encoded(subject) + "&role=" + encoded(role));
    return signedIn;
  }

  /** The cookies that {@link #signedIn} got, as the value of a Cookie header. */
  public String cookies() {
    return client
        .cookieHandler()
        .filter(CookieManager.class::isInstance)
        .map(CookieManager.class::cast)
        .map(manager -> manager.getCookieStore().getCookies())
        .stream()
        .flatMap(cookies -> cookies.stream())
        .map((HttpCookie cookie) -> cookie.getName() + "=" + cookie.getValue())
        .collect(Collectors.joining("; "));
  }

  /** An access token of the local issuer by client credentials. */
  public String token(String clientId, String clientSecret) {
    String form =
        "grant_type=client_credentials&client_id="
            + encoded(clientId)
            + "&client_secret="
            + encoded(clientSecret);
    Answer answer = send("POST", "/api/auth/token", "application/x-www-form-urlencoded", form);
    if (answer.status() != 200) {
      throw new IllegalStateException("The token was refused: " + answer);
    }
    return answer.json().getString("access_token");
  }

  /** The token of a terminal: a caller that may write. */
  public String editorToken() {
    return token("fleetcast-cli", "local");
  }

  /** The first sample of a metric whose tags have that text in them; "" takes any. */
  public double metric(String name, String tag) {
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{") && line.contains(tag))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("There is no metric " + name + " " + tag));
  }

  public Answer get(String path) {
    return send(request("GET", path, BodyPublishers.noBody()));
  }

  public Answer delete(String path) {
    return send(request("DELETE", path, BodyPublishers.noBody()));
  }

  /** Posts without a body. */
  public Answer post(String path) {
    return send(request("POST", path, BodyPublishers.noBody()));
  }

  public Answer post(String path, JsonObject body) {
    return post(path, body.toString());
  }

  public Answer post(String path, String json) {
    return send("POST", path, "application/json", json);
  }

  public Answer put(String path, JsonObject body) {
    return send("PUT", path, "application/json", body.toString());
  }

  /** Sends a body of any kind with any method. */
  public Answer send(String method, String path, String mediaType, String body) {
    return send(
        request(method, path, BodyPublishers.ofString(body)).setHeader("Content-Type", mediaType));
  }

  private HttpRequest.Builder request(String method, String path, HttpRequest.BodyPublisher body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path)).timeout(TIMEOUT).method(method, body);
    headers.forEach(request::setHeader);
    return request;
  }

  private Answer send(HttpRequest.Builder request) {
    HttpResponse<String> response =
        Http.send(client, request.build(), HttpResponse.BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.headers(), response.body());
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  /** What came back. */
  public record Answer(int status, HttpHeaders headers, String body) {

    /** The body read as a JSON object. */
    public JsonObject json() {
      try (JsonReader reader = Json.createReader(new StringReader(body))) {
        return reader.readObject();
      }
    }

    /** The cookies that it sets, by name; one that it clears is empty. */
    public Map<String, String> cookies() {
      return headers.allValues("Set-Cookie").stream()
          .map(cookie -> HttpCookie.parse(cookie).get(0))
          .collect(
              Collectors.toMap(HttpCookie::getName, cookie -> cookie.getValue().replace("\"", "")));
    }

    /** The first header of that name, empty when there is none. */
    public String header(String name) {
      return headers.firstValue(name).orElse("");
    }
  }
}
