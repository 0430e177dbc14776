package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A server of Fleetcast, asked with the token of a person. */
final class Server {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int UNAUTHORIZED = 401;
  private static final int LARGEST_REFUSAL = 64 * 1024;

  private final URI base;
  private final Http http;
  private final Tokens tokens;

  /**
   * A server.
   *
   * @param base its address, without a slash at its end
   */
  Server(URI base, Http http, Tokens tokens) {
    this.base = base;
    this.http = http;
    this.tokens = tokens;
  }

  URI base() {
    return base;
  }

  /** Where a path of the server is. */
  URI at(String path) {
    return URI.create(base + path);
  }

  /** The JSON of a 200. */
  JsonNode get(String path) throws Failure {
    return json(request -> request.GET(), path);
  }

  /** Posts without a body. */
  JsonNode post(String path) throws Failure {
    return json(request -> request.POST(BodyPublishers.noBody()), path);
  }

  JsonNode post(String path, ObjectNode body) throws Failure {
    return json(
        request ->
            request
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString())),
        path);
  }

  private JsonNode json(Consumer<HttpRequest.Builder> method, String path) throws Failure {
    Http.Answer answer = http.send(request(method, path, tokens.token()), LIMIT);
    if (answer.status() == UNAUTHORIZED) {
      answer = http.send(request(method, path, signedInAgain()), LIMIT);
    }
    if (answer.status() != 200) {
      throw refusal(answer);
    }
    if (answer.json().isMissingNode()) {
      throw Failure.refused("What answered at " + Http.place(base) + " is not Fleetcast");
    }
    return answer.json();
  }

  /**
   * Opens a stream.
   *
   * @param lastId the last event that was seen; null at first
   */
  Events stream(String path, @Nullable String lastId) throws Failure {
    Consumer<HttpRequest.Builder> method =
        request -> {
          request.header("Accept", "text/event-stream");
          if (lastId != null) {
            request.header("Last-Event-ID", lastId);
          }
        };
    HttpResponse<InputStream> response = opened(request(method, path, tokens.token()));
    if (response.statusCode() == UNAUTHORIZED) {
      body(response);
      response = opened(request(method, path, signedInAgain()));
    }
    if (response.statusCode() != 200) {
      throw refusal(Http.Answer.of(response, body(response)));
    }
    return new Events(response.body());
  }

  private HttpResponse<InputStream> opened(HttpRequest.Builder request) throws Failure {
    return http.open(request, BodyHandlers.ofInputStream(), LIMIT);
  }

  private static String body(HttpResponse<InputStream> response) {
    try (InputStream body = response.body()) {
      return new String(body.readNBytes(LARGEST_REFUSAL), StandardCharsets.UTF_8);
    } catch (IOException cut) {
      return "";
    }
  }

  private HttpRequest.Builder request(
      Consumer<HttpRequest.Builder> method, String path, Optional<String> token) throws Failure {
    HttpRequest.Builder request = HttpRequest.newBuilder(at(path));
    try {
      token.ifPresent(text -> request.setHeader("Authorization", "Bearer " + text));
    } catch (IllegalArgumentException unsendable) {
      throw new Failure(Failure.Kind.SIGN_IN, "The token has characters that no header can have");
    }
    method.accept(request);
    return request;
  }

  private Optional<String> signedInAgain() throws Failure {
    Optional<String> next = tokens.renewed();
    if (next.isEmpty()) {
      throw new Failure(
          Failure.Kind.SIGN_IN,
          "You are not signed in at " + Http.place(base) + ", or no longer: 'fleetcast login'");
    }
    return next;
  }

  private Failure refusal(Http.Answer answer) {
    boolean passing = answer.status() == 429 || answer.status() >= 500;
    Failure.Kind kind =
        answer.status() == UNAUTHORIZED
            ? Failure.Kind.SIGN_IN
            : passing ? Failure.Kind.AWAY : Failure.Kind.REFUSED;
    return new Failure(kind, answer.sentence());
  }
}
