package org.fleetcast.identity.keycloak;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.json.Json;
import jakarta.json.JsonException;
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
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.fleetcast.identity.ProviderTrust;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/** Requests to Keycloak. Whatever goes wrong there is one failure here, 502 with the cause. */
@Singleton
class KeycloakConnection {
  /** Two calls fit into the five seconds for which a database row may be held locked. */
  static final Duration LIMIT = Duration.ofMillis(2_300);

  private static final String UNANSWERED = "Keycloak does not answer right now";
  private static final String REFUSED = "Keycloak did not do what it was asked for";
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int RETRIES = 2;
  private static final int MOST_BYTES = 1 << 20;

  private final KeycloakAccess access;
  private final ExecutorService threads;
  private final Duration limit;
  private final HttpClient http;
  private volatile String token = "";

  /** Not with the server's pool: those who wait for answers may fill it, and none would come. */
  @Inject
  KeycloakConnection(KeycloakAccess access, ProviderTrust trust, ManagedThreadFactory threads) {
    this(access, trust, Executors.newCachedThreadPool(threads), LIMIT);
  }

  /** With a limit of a call; one of its requests may wait for two thirds of it. */
  KeycloakConnection(
      KeycloakAccess access, ProviderTrust trust, ExecutorService threads, Duration limit) {
    this.access = access;
    this.threads = threads;
    this.limit = limit;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(trust.tls())
            .executor(threads)
            .build();
  }

  private record Answer(int status, JsonValue content) {
    JsonValue orThrow(Integer... fine) {
      if (status >= 300 && !List.of(fine).contains(status)) { // a redirect is no success either
        throw problem(REFUSED, new IOException("Keycloak answered " + status));
      }
      return content;
    }
  }

  /**
   * Makes requests that end in time together: then, or when the caller is interrupted, the one that
   * is under way is cancelled.
   */
  <T> T call(Callable<T> requests) {
    try {
      return threads.invokeAny(List.of(requests), limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof Problem problem ? problem : problem(REFUSED, failed);
    } catch (TimeoutException late) {
      throw problem(UNANSWERED, late);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw problem(UNANSWERED, stop);
    }
  }

  /**
   * Sends a request to the admin API, with another token if that which we have is refused.
   *
   * @param fine statuses that are no failure, beside those of success
   */
  JsonValue admin(String method, String path, String body, Integer... fine) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(access.base() + "/admin/realms/" + access.realm() + path))
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body));
    Answer answer = authorized(request, token.isEmpty() ? newToken() : token);
    return (answer.status() == 401 ? authorized(request, newToken()) : answer).orThrow(fine);
  }

  private Answer authorized(HttpRequest.Builder request, String bearer) {
    try {
      request.setHeader("Authorization", "Bearer " + bearer);
    } catch (IllegalArgumentException unfit) { // whose sentence has the token
      throw problem(REFUSED, new IOException("Keycloak's token fits into no header"));
    }
    return send(request);
  }

  private String newToken() {
    String form =
        "grant_type=client_credentials&client_id=%s&client_secret=%s"
            .formatted(encoded(access.clientId()), encoded(access.clientSecret()));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(tokenUrl())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form));
    token = send(request).orThrow().asJsonObject().getString("access_token");
    return token;
  }

  URI tokenUrl() {
    return URI.create(
        access.base() + "/realms/" + access.realm() + "/protocol/openid-connect/token");
  }

  /** What Keycloak writes into a token that it gives us now. */
  JWTClaimsSet claims() throws ParseException {
    return SignedJWT.parse(newToken()).getJWTClaimsSet();
  }

  /** Up to three times, until it is answered; so it has to be one that may be done again. */
  private Answer send(HttpRequest.Builder request) {
    HttpRequest limited = request.timeout(limit.multipliedBy(2).dividedBy(3)).build();
    for (int tries = 0; true; tries++) {
      try {
        Thread.sleep(tries * PAUSE.toMillis());
        return exchange(limited);
      } catch (IOException | JsonException | InterruptedException failure) {
        if (tries == RETRIES || failure instanceof InterruptedException) {
          throw problem(UNANSWERED, failure);
        }
      }
    }
  }

  private Answer exchange(HttpRequest request) throws IOException, InterruptedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    var kept =
        BodyHandlers.ofByteArrayConsumer(
            part -> part.filter(more -> body.size() < MOST_BYTES).ifPresent(body::writeBytes));
    int status = http.send(request, kept).statusCode();
    if (status >= 500) {
      throw new IOException("Keycloak answered " + status);
    }
    if (status >= 300 || body.size() == 0) { // what it says in a refusal is for nobody
      return new Answer(status, JsonValue.NULL);
    }
    try (JsonReader reader = Json.createReader(new ByteArrayInputStream(body.toByteArray()))) {
      return new Answer(status, reader.readValue());
    }
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static Problem problem(String sentence, Exception cause) {
    return Problem.of(ProblemCode.EXTERNAL_SERVICE_ERROR, sentence, cause);
  }
}
