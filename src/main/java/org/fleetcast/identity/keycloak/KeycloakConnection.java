package org.fleetcast.identity.keycloak;

import com.nimbusds.jwt.SignedJWT;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.fleetcast.identity.ProviderTrust;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Requests to Keycloak, each with a time limit that covers the whole answer. At that limit, or when
 * its thread is interrupted, a request is cancelled.
 *
 * <p>The token by which we are let into the admin API is kept until shortly before its end. No
 * lock: two that find none fetch two, and nobody waits for another who waits for Keycloak.
 */
final class KeycloakConnection {
  private static final int MAX_ANSWER_BYTES = 1 << 20;
  private static final int TRIES = 3;
  private static final Duration LEAST = Duration.ofMillis(300);
  private static final Duration MARGIN = Duration.ofSeconds(10);
  private static final Duration CONNECT = Duration.ofMillis(300);

  /** With the handshake, which is two more ways there and back, and some work on both sides. */
  private static final Duration CONNECT_OVER_TLS = Duration.ofMillis(1_000);

  /**
   * Does all the work, so that the limit covers the name lookup too. Not the server's pool: those
   * who wait for an answer may fill it, and then a request would never begin.
   */
  private final ExecutorService threads;

  private final HttpClient http;
  private final KeycloakAccess access;
  private volatile @Nullable Token kept;

  KeycloakConnection(KeycloakAccess access, ProviderTrust trust, ExecutorService threads) {
    this.access = access;
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

  /** An answer that says what came of a request; without content unless it is a success. */
  record Answer(int status, JsonValue content) {
    /** What it holds, which is {@link JsonValue#NULL} when that is nothing. */
    JsonValue orThrow() {
      if (status >= 300) { // a redirect is no success either
        throw refused("Keycloak answered " + status);
      }
      return content;
    }
  }

  static Problem refused(String cause) {
    return Problem.of(
        ProblemCode.EXTERNAL_SERVICE_ERROR,
        "Keycloak did not do what it was asked for",
        new IOException(cause));
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** Begins a call, whose time runs from now. */
  Call call(KeycloakTimeLimit limit) {
    return new Call(limit);
  }

  /**
   * Requests that belong together and end in time together. Each is tried up to three times, unless
   * Keycloak refuses it; so it has to be one that may be sent again after it was done.
   */
  final class Call {
    private final KeycloakTimeLimit limit;
    private final Instant end;

    private Call(KeycloakTimeLimit limit) {
      this.limit = limit;
      this.end = SteadyClock.now().plus(limit.call());
    }

    /**
     * Sends a request to the admin API as ourselves. A token that is refused before its time is
     * replaced once.
     *
     * @param path what follows the realm's address
     */
    Answer admin(String method, String path, @Nullable JsonObject content) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
                  URI.create(access.base() + "/admin/realms/" + access.realm() + path))
              .header("Content-Type", "application/json")
              .method(
                  method,
                  content == null
                      ? BodyPublishers.noBody()
                      : BodyPublishers.ofString(content.toString()));
      Token token = kept;
      if (token != null && SteadyClock.now().isBefore(token.useUntil())) {
        Answer answer = authorized(request, token.value());
        if (answer.status() != 401) {
          return answer;
        }
      }
      return authorized(request, ownToken());
    }

    private Answer authorized(HttpRequest.Builder request, String token) {
      return send(request.setHeader("Authorization", "Bearer " + token));
    }

    /** A client's access token, which is the answer's {@code access_token}. */
    JsonObject token(String clientId, String secret) {
      String form =
          "grant_type=client_credentials&client_id=%s&client_secret=%s"
              .formatted(encoded(clientId), encoded(secret));
      Answer answer =
          send(
              HttpRequest.newBuilder(access.tokenUrl())
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .POST(BodyPublishers.ofString(form)));
      // A token that fits no header would be quoted by the exception that says so.
      if (answer.orThrow() instanceof JsonObject token
          && token.getString("access_token", "").matches("[!-~]+")) {
        return token;
      }
      throw refused("Keycloak answered without a token that we can read");
    }

    /**
     * Keycloak's clock, to the second. Keycloak sends no {@code Date} header (tried with 26.7.3),
     * and one that a proxy adds would be another clock's. What it writes into a token as {@code
     * iat} is the very clock that a device's tokens are dated by; so a token is asked for.
     */
    Instant issuerTime() {
      try {
        return Optional.ofNullable(SignedJWT.parse(ownToken()).getJWTClaimsSet().getIssueTime())
            .map(Date::toInstant)
            .orElseThrow(() -> refused("Keycloak answered without a token that has a date"));
      } catch (ParseException noJwt) {
        throw refused("Keycloak answered without a token that we can read");
      }
    }

    private String ownToken() {
      Instant asked = SteadyClock.now();
      JsonObject answer = token(access.clientId(), access.clientSecret());
      Duration life = Duration.ofSeconds(answer.getInt("expires_in", 0));
      Duration margin = life.compareTo(MARGIN.multipliedBy(2)) > 0 ? MARGIN : life.dividedBy(2);
      Token token = new Token(answer.getString("access_token"), asked.plus(life).minus(margin));
      kept = token;
      return token.value();
    }

    private Answer send(HttpRequest.Builder request) {
      HttpRequest whole = request.setHeader("Accept", "application/json").build();
      Exception failure = null;
      try {
        for (int tries = 0; tries < TRIES; tries++) {
          long pause = tries == 0 ? 0 : ThreadLocalRandom.current().nextLong(50, 150);
          if (left() - pause < LEAST.toMillis()) {
            break;
          }
          Thread.sleep(pause);
          Future<Answer> answer = threads.submit(() -> exchange(whole));
          try {
            return answer.get(Math.min(left(), limit.request().toMillis()), TimeUnit.MILLISECONDS);
          } catch (ExecutionException | TimeoutException unanswered) {
            failure = unanswered;
          } finally {
            answer.cancel(true);
          }
        }
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        failure = stop;
      }
      throw Problem.of(
          ProblemCode.EXTERNAL_SERVICE_ERROR, "Keycloak does not answer right now", failure);
    }

    private long left() {
      return Duration.between(SteadyClock.now(), end).toMillis();
    }
  }

  private Answer exchange(HttpRequest request) throws IOException, InterruptedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    // What Keycloak says in a refusal is for nobody.
    int status =
        http.send(
                request,
                head ->
                    head.statusCode() >= 300
                        ? BodySubscribers.discarding()
                        : BodySubscribers.ofByteArrayConsumer(
                            part -> part.ifPresent(more -> add(body, more))))
            .statusCode();
    if (status >= 500) {
      throw new IOException("Keycloak answered " + status);
    }
    if (body.size() == 0) {
      return new Answer(status, JsonValue.NULL);
    }
    try (JsonReader reader = Json.createReader(new ByteArrayInputStream(body.toByteArray()))) {
      return new Answer(status, reader.readValue());
    }
  }

  private static void add(ByteArrayOutputStream body, byte[] more) {
    if (body.size() + more.length > MAX_ANSWER_BYTES) {
      throw new IllegalStateException("Keycloak answered too much"); // ends the request
    }
    body.writeBytes(more);
  }
}
