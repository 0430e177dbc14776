package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Sends HTTP requests, with failures as unchecked exceptions. */
final class Http {
  private static final HttpClient CLIENT = client().build();
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);

  private Http() {}

  static HttpClient.Builder client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(5));
  }

  static <T> HttpResponse<T> send(
      HttpClient client, HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    try {
      return client.send(request, handler);
    } catch (IOException broken) {
      throw new UncheckedIOException(request.method() + " " + request.uri() + " failed", broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(request.method() + " was interrupted", interrupted);
    }
  }

  /** Whether the address answers a GET with 200 now. */
  static boolean answers(URI address) {
    HttpRequest request = HttpRequest.newBuilder(address).timeout(PROBE_TIMEOUT).build();
    try {
      return send(CLIENT, request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (UncheckedIOException notYet) {
      return false;
    }
  }
}
