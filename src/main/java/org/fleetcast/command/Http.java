package org.fleetcast.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.fleetcast.sink.LineJson;
import org.fleetcast.tls.PemFault;
import org.fleetcast.tls.TlsClient;
import org.jspecify.annotations.Nullable;

/** Requests to servers and providers, and why one failed. */
final class Http {
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);

  private final HttpClient client;

  /**
   * A client.
   *
   * @param authorities a PEM file with the authority to trust; empty: those of the JDK
   */
  Http(Optional<String> authorities) throws Failure {
    try {
      client =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(CONNECT_LIMIT)
              .sslContext(TlsClient.trusting("--ca-file", authorities).context())
              .build();
    } catch (PemFault fault) {
      throw Failure.refused(String.valueOf(fault.getMessage()));
    }
  }

  /**
   * What came back.
   *
   * @param json its body; missing when it is not JSON
   */
  record Answer(int status, JsonNode json, HttpHeaders headers) {
    static Answer of(HttpResponse<?> response, String body) {
      return new Answer(response.statusCode(), Http.json(body), response.headers());
    }

    /** What the server says of a refusal. */
    String sentence() {
      String id = headers.firstValue("X-Request-ID").map(it -> " correlationId=" + it).orElse("");
      String said = json.path("error").asText("");
      return "The server answered " + status + (said.isEmpty() ? "" : ": " + said) + id;
    }
  }

  /** The whole answer, within that time in all. */
  Answer send(HttpRequest.Builder request, Duration limit) throws Failure {
    HttpRequest built = request.build();
    HttpResponse<String> response =
        within(built, client.sendAsync(built, BodyHandlers.ofString()), limit);
    return Answer.of(response, response.body());
  }

  /** The head of an answer, within that time; its body comes by and by. */
  <T> HttpResponse<T> open(HttpRequest.Builder request, BodyHandler<T> body, Duration limit)
      throws Failure {
    HttpRequest built = request.build();
    return within(built, client.sendAsync(built, body), limit);
  }

  /** A request with a form, as token endpoints take it. */
  static HttpRequest.Builder form(URI target, Map<String, String> fields) {
    String form =
        fields.entrySet().stream()
            .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
            .collect(Collectors.joining("&"));
    return HttpRequest.newBuilder(target)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept", "application/json")
        .POST(BodyPublishers.ofString(form));
  }

  static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static <T> T within(HttpRequest request, CompletableFuture<T> answer, Duration limit)
      throws Failure {
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      answer.cancel(true);
      throw away(request, "did not answer within " + limit.toSeconds() + " s", late);
    } catch (ExecutionException broken) {
      throw away(request, reason(broken.getCause()), broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw away(request, "was not waited for", interrupted);
    }
  }

  private static Failure away(HttpRequest request, String what, Throwable cause) {
    return new Failure(Failure.Kind.AWAY, place(request.uri()) + " " + what, cause);
  }

  /** Scheme, host and port. */
  static String place(URI address) {
    return address.getScheme() + "://" + address.getRawAuthority();
  }

  private static String reason(@Nullable Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof UnresolvedAddressException) {
        return "has a name that is not known here";
      }
      if (each instanceof SSLException) {
        return "cannot be trusted: " + each.getMessage();
      }
    }
    if (cause instanceof HttpConnectTimeoutException) {
      return "does not answer";
    }
    return cause instanceof ConnectException
        ? "cannot be reached"
        : "broke the connection: " + (cause == null ? "" : cause.getMessage());
  }

  private static JsonNode json(String body) {
    try {
      return LineJson.MAPPER.readTree(body);
    } catch (JsonProcessingException other) {
      return MissingNode.getInstance();
    }
  }
}
