package org.fleetcast.rotation;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.PrintStream;
import java.io.StringReader;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * The command {@code rotation-job}, a process of its own that knows the server by its address only:
 * {@code run} asks it for one cycle, {@code nudge} to make every viewer ask again.
 */
public final class RotationJob {
  private static final Logger LOG = System.getLogger(RotationJob.class.getName());
  private static final String USAGE = "Usage: rotation-job run, or rotation-job nudge";

  /** A cycle asks the issuer a few times, which may take 5 s each. */
  private static final Duration CYCLE_LIMIT = Duration.ofSeconds(60);

  private static final int LONGEST = 300;
  private static final Duration NUDGE_LIMIT = Duration.ofSeconds(5);

  private final Optional<String> address;
  private final Optional<String> token;
  private final Duration cycleLimit;
  private final PrintStream out;
  private final PrintStream err;

  RotationJob(
      Optional<String> address,
      Optional<String> token,
      Duration cycleLimit,
      PrintStream out,
      PrintStream err) {
    this.address = address.map(String::strip).filter(text -> !text.isEmpty());
    this.token = token.map(String::strip).filter(text -> !text.isEmpty());
    this.cycleLimit = cycleLimit;
    this.out = out;
    this.err = err;
  }

  /** Ends with 0, 1 when a cycle failed, or 2 when called in another way. */
  public static void main(String[] arguments) {
    System.exit(configured().map(job -> job.exitCode(arguments)).orElse(1));
  }

  /** Empty when a setting is bad, of which the log has a sentence. */
  private static Optional<RotationJob> configured() {
    Config config = ConfigProvider.getConfig();
    try {
      return Optional.of(
          new RotationJob(
              config.getOptionalValue("internal.api.url", String.class),
              config.getOptionalValue("internal.api.token", String.class),
              CYCLE_LIMIT,
              System.out,
              System.err));
    } catch (IllegalStateException bad) {
      return Optional.empty();
    }
  }

  int exitCode(String... arguments) {
    switch (String.join(" ", arguments)) {
      case "run":
        return run();
      case "nudge":
        return nudge();
      default:
        err.println(USAGE);
        return 2;
    }
  }

  private int run() {
    try {
      Cycle cycle = Cycle.read(post("/internal/rotation-job", cycleLimit));
      out.println("Rotation job completed");
      out.println("  Timeouts processed: " + cycle.timeouts());
      out.println("  Device rotated: " + cycle.device().orElse("none"));
      out.println("  Scheduled triggered: " + cycle.scheduled());
      return 0;
    } catch (Failed failed) {
      err.println("The rotation cycle failed: " + failed.getMessage());
      return 1;
    }
  }

  /** The change is in the database already: a nudge that fails is no reason for a job to fail. */
  private int nudge() {
    if (address.isEmpty()) {
      LOG.log(Level.DEBUG, "INTERNAL_API_URL is not set, nobody is nudged");
      return 0;
    }
    try {
      JsonObject answer = object(post("/internal/rotation-nudge", NUDGE_LIMIT));
      if (!Json.createValue("ok").equals(answer.get("status"))) {
        throw new Failed("what answered is not Fleetcast");
      }
    } catch (Failed failed) {
      LOG.log(Level.WARNING, "The nudge failed: " + failed.getMessage());
    }
    return 0;
  }

  /** The body of a 200. */
  private String post(String path, Duration limit) throws Failed {
    HttpResponse<String> response = answer(request(path), limit);
    if (response.statusCode() == 200) {
      return response.body();
    }
    String hint = response.statusCode() == 403 ? ", is INTERNAL_API_TOKEN the server's?" : "";
    String id =
        response.headers().firstValue("X-Request-ID").map(it -> " correlationId=" + it).orElse("");
    throw new Failed("the server answered " + response.statusCode() + hint + why(response) + id);
  }

  /** What the server says of a failure, for a sentence; nothing when it is no answer of its own. */
  private static String why(HttpResponse<String> response) {
    if (response.statusCode() != 502) {
      return ""; // all others say no more than their status
    }
    try {
      String sentence = object(response.body()).getString("error", "").replaceAll("\\s+", " ");
      return sentence.isEmpty()
          ? ""
          : ": " + sentence.substring(0, Math.min(LONGEST, sentence.length()));
    } catch (Failed | ClassCastException another) {
      return "";
    }
  }

  private HttpRequest request(String path) throws Failed {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target(path))
            .header("Accept", "application/json")
            .POST(BodyPublishers.noBody());
    try {
      token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
    } catch (IllegalArgumentException unsendable) {
      throw new Failed("INTERNAL_API_TOKEN has characters that no header can have");
    }
    return request.build();
  }

  private URI target(String path) throws Failed {
    String base = address.orElseThrow(() -> new Failed("INTERNAL_API_URL is not set"));
    try {
      URI uri = new URI(base);
      boolean http = String.valueOf(uri.getScheme()).matches("(?i)https?");
      boolean plain = uri.getRawQuery() == null && uri.getUserInfo() == null;
      if (http && plain && uri.getHost() != null && uri.getPort() < 65_536) {
        return uri.resolve(uri.getRawPath().replaceAll("/+$", "") + path);
      }
    } catch (URISyntaxException none) {
      throw noAddress();
    }
    throw noAddress();
  }

  private static Failed noAddress() {
    return new Failed(
        "INTERNAL_API_URL must be an address such as http://fleetcast, with no underscore in the"
            + " name of the host");
  }

  private static HttpResponse<String> answer(HttpRequest request, Duration limit) throws Failed {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    try {
      // The limit is for all of it: the timeout of a request ends with the headers.
      return client
          .sendAsync(request, BodyHandlers.ofString())
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw new Failed("the server did not answer within " + limit.toSeconds() + " s");
    } catch (ExecutionException broken) {
      throw new Failed(reason(broken.getCause()));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new Failed("it was interrupted");
    }
  }

  private static String reason(@Nullable Throwable cause) {
    return cause instanceof ConnectException
        ? "the server cannot be reached at INTERNAL_API_URL"
        : "the connection broke: " + String.valueOf(cause).replaceAll("\\s+", " ");
  }

  private static JsonObject object(String body) throws Failed {
    try (JsonReader reader = Json.createReader(new StringReader(body))) {
      return reader.readObject();
    } catch (JsonException other) {
      throw new Failed("what answered is not Fleetcast");
    }
  }

  /** What the server answers about a cycle. */
  private record Cycle(long timeouts, Optional<String> device, boolean scheduled) {
    static Cycle read(String body) throws Failed {
      JsonObject json = object(body);
      JsonValue scheduled = json.get("scheduled_rotation_triggered");
      JsonValue device = json.get("device_rotated");
      if (json.get("processed_timeouts") instanceof JsonNumber timeouts
          && (JsonValue.NULL.equals(device) || device instanceof JsonString)
          && (JsonValue.TRUE.equals(scheduled) || JsonValue.FALSE.equals(scheduled))) {
        return new Cycle(timeouts.longValue(), key(device), JsonValue.TRUE.equals(scheduled));
      }
      throw new Failed("what answered is not Fleetcast");
    }

    private static Optional<String> key(@Nullable JsonValue device) {
      return device instanceof JsonString key ? Optional.of(key.getString()) : Optional.empty();
    }
  }

  /** Why the server did not do it, for a sentence. */
  private static final class Failed extends Exception {
    private static final long serialVersionUID = 1;

    Failed(String reason) {
      super(reason);
    }
  }
}
