package org.fleetcast.stack;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.StringReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * A device's calls to the server and to the issuer of its tokens. What is no answer to work with is
 * an {@link IllegalStateException} or an {@link java.io.UncheckedIOException}.
 */
record Uplink(String clientId, URI tokenUrl, String baseUrl) {
  private static final HttpClient CLIENT = Http.client().build();
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** That of what {@code GET /api/devices/{id}/provisioning} answers. */
  static Uplink of(JsonObject provisioning) {
    return new Uplink(
        text(provisioning, "client_id"),
        URI.create(text(provisioning, "token_url")),
        text(provisioning, "base_url").replaceAll("/+$", ""));
  }

  /** An access token by client credentials; none when the issuer refuses the secret. */
  Optional<String> token(String secret) {
    String form =
        "grant_type=client_credentials&client_id="
            + URLEncoder.encode(clientId, StandardCharsets.UTF_8)
            + "&client_secret="
            + URLEncoder.encode(secret, StandardCharsets.UTF_8);
    HttpRequest request =
        HttpRequest.newBuilder(tokenUrl)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form))
            .build();
    HttpResponse<String> response = Http.send(CLIENT, request, BodyHandlers.ofString());
    return switch (response.statusCode()) {
      case 200 -> Optional.of(text(object(response.body()), "access_token"));
      case 400, 401, 403 -> Optional.empty();
      default -> throw new IllegalStateException("a token: " + response.statusCode());
    };
  }

  /** The body of a 200; none when the server refuses the token. */
  Optional<String> get(String path, String token) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(baseUrl + path))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + token)
            .build();
    HttpResponse<String> response = Http.send(CLIENT, request, BodyHandlers.ofString());
    return switch (response.statusCode()) {
      case 200 -> Optional.of(response.body());
      case 401 -> Optional.empty();
      default -> throw new IllegalStateException(path + ": " + response.statusCode());
    };
  }

  static JsonObject object(String body) {
    try (JsonReader reader = Json.createReader(new StringReader(body))) {
      return reader.readObject();
    } catch (JsonException other) {
      throw new IllegalStateException("no JSON object", other);
    }
  }

  static String text(JsonObject json, String name) {
    if (json.get(name) instanceof JsonString text) {
      return text.getString();
    }
    throw new IllegalStateException("there is no " + name);
  }
}
