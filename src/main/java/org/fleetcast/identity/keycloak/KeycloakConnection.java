package org.fleetcast.identity.keycloak;

import com.nimbusds.jwt.SignedJWT;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.fleetcast.identity.ProviderTrust;
import org.jspecify.annotations.Nullable;

/**
 * Requests to Keycloak, each with a time limit that covers the whole answer. At that limit, or when
 * its thread is interrupted, a request is cancelled.
 *
 * <p>The token by which we are let into the admin API is kept until shortly before its end. No
 * lock: two that find none fetch two, and nobody waits for another who waits for Keycloak.
 */
final class KeycloakConnection {
  static final int MAX_ANSWER_BYTES = 1 << 20;

  private static final Duration CONNECT = Duration.ofMillis(300);

  /** With the handshake, which is two more ways there and back, and some work on both sides. */
  private static final Duration CONNECT_OVER_TLS = Duration.ofMillis(1_000);

  private static final Duration MARGIN = Duration.ofSeconds(10);

  /**
   * Does all the work, so that the limit covers the name lookup too. Not the server's pool: those
   * who wait for an answer may fill it, and then a request would never begin.
   */
  private final ExecutorService threads;

  private final HttpClient http;
  private final KeycloakAccess access;
  private final Clock clock;
  private volatile @Nullable Token kept;

  KeycloakConnection(
      KeycloakAccess access, ProviderTrust trust, Clock clock, ExecutorService threads) {
    this.access = access;
    this.clock = clock;
    this.threads = threads;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(
                "https".equalsIgnoreCase(access.base().getScheme()) ? CONNECT_OVER_TLS : CONNECT)
            .sslContext(trust.tls())
            .executor(threads)
            .build();
  }

  private record Token(String value, Instant useUntil) {}

  KeycloakAccess access() {
    return access;
  }

  /**
   * Sends a request to the admin API as ourselves. A token that is refused before its time is
   * replaced once.
   *
   * @param path what follows the realm's address
   * @return what the answer holds; null as JSON has it when that is nothing
   */
  JsonValue admin(
      KeycloakTimeLimit limit, String method, String path, @Nullable JsonObject content) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(access.base() + "/admin/realms/" + access.realm() + path))
            .header("Content-Type", "application/json")
            .method(
                method,
                content == null
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(content.toString()));
    Token token = kept;
    if (token != null && clock.instant().isBefore(token.useUntil())) {
      try {
        return send(limit, authorized(request, token.value()));
      } catch (KeycloakFailure failure) {
        if (failure.status() != 401) {
          throw failure;
        }
      }
    }
    return send(limit, authorized(request, fetchToken(limit)));
  }

  /** A client's access token, which is the answer's {@code access_token}. */
  JsonObject token(KeycloakTimeLimit limit, String clientId, String secret) {
    String form =
        "grant_type=client_credentials&client_id=%s&client_secret=%s"
            .formatted(encoded(clientId), encoded(secret));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(access.tokenUrl())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form));
    // A token that fits no header would be quoted by the exception that says so.
    if (send(limit, request) instanceof JsonObject answer
        && answer.getString("access_token", "").matches("[!-~]+")) {
      return answer;
    }
    throw KeycloakFailure.without("token that we can read");
  }

  /**
   * Keycloak's clock, to the second. Keycloak sends no {@code Date} header (tried with 26.7.3), and
   * one that a proxy adds would be another clock's. What it writes into a token as {@code iat} is
   * the very clock that a device's tokens are dated by; so a token is asked for and looked at.
   */
  Instant issuerTime(KeycloakTimeLimit limit) {
    try {
      Date issuedAt = SignedJWT.parse(fetchToken(limit)).getJWTClaimsSet().getIssueTime();
      if (issuedAt != null) {
        return issuedAt.toInstant();
      }
    } catch (ParseException noJwt) {
      throw KeycloakFailure.without("token that we can read");
    }
    throw KeycloakFailure.without("token that has a date");
  }

  private String fetchToken(KeycloakTimeLimit limit) {
    Instant asked = clock.instant();
    JsonObject answer = token(limit, access.clientId(), access.clientSecret());
    Duration life = Duration.ofSeconds(answer.getInt("expires_in", 0));
    Duration margin = life.compareTo(MARGIN.multipliedBy(2)) > 0 ? MARGIN : life.dividedBy(2);
    Token token = new Token(answer.getString("access_token"), asked.plus(life).minus(margin));
    kept = token;
    return token.value();
  }

  private static HttpRequest.Builder authorized(HttpRequest.Builder request, String token) {
    return request.setHeader("Authorization", "Bearer " + token);
  }

  private JsonValue send(KeycloakTimeLimit limit, HttpRequest.Builder request) {
    long millis = limit.request().toMillis();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    HttpRequest asked = request.setHeader("Accept", "application/json").build();
    Future<HttpResponse<Void>> answer = threads.submit(() -> http.send(asked, into(body)));
    try {
      int status = answer.get(millis, TimeUnit.MILLISECONDS).statusCode();
      if (status >= 300) { // a redirect is no success either
        throw KeycloakFailure.answered(status);
      }
    } catch (ExecutionException | TimeoutException failure) {
      throw KeycloakFailure.unanswered(failure);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw KeycloakFailure.unanswered(stop);
    } finally {
      answer.cancel(true);
    }
    return body.size() == 0 ? JsonValue.NULL : json(body.toByteArray());
  }

  /** What Keycloak says in a refusal is for nobody. */
  private static HttpResponse.BodyHandler<Void> into(ByteArrayOutputStream body) {
    return response ->
        response.statusCode() >= 300
            ? BodySubscribers.discarding()
            : BodySubscribers.ofByteArrayConsumer(part -> part.ifPresent(more -> add(body, more)));
  }

  private static void add(ByteArrayOutputStream body, byte[] more) {
    if (body.size() + more.length > MAX_ANSWER_BYTES) {
      throw KeycloakFailure.unanswered(null); // ends the request
    }
    body.writeBytes(more);
  }

  private static JsonValue json(byte[] body) {
    try (JsonReader reader = Json.createReader(new ByteArrayInputStream(body))) {
      return reader.readValue();
    } catch (RuntimeException noJson) { // the parser's own, of several types
      throw KeycloakFailure.unanswered(noJson);
    }
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
