package org.fleetcast.stack;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** One open event stream that records everything it gets until it is closed by either side. */
public final class SseClient implements Part {
  private static final HttpClient CLIENT = Http.client().build();

  private final HttpResponse<InputStream> response;
  private final List<Arrival> arrivals;
  private final SseParser parser = new SseParser();
  private final Thread reader = new Thread(this::read, "sse-client");
  private final Consumer<Arrival> heard;

  private SseClient(
      HttpResponse<InputStream> response, List<Arrival> arrivals, Consumer<Arrival> heard) {
    this.response = response;
    this.arrivals = arrivals;
    this.heard = heard;
    AtExit.closes(this);
    reader.setDaemon(true);
  }

  /**
   * Opens a stream and waits for the headers of the answer, whatever its status.
   *
   * @param headers such as {@code Authorization}, {@code Cookie} or {@code Last-Event-ID}
   */
  public static SseClient open(URI address, Map<String, String> headers) {
    return asked(CLIENT, address, headers).reading();
  }

  /** Like {@link #open}, and keeps nothing: whoever listens is told, on the stream's thread. */
  public static SseClient listening(
      URI address, Map<String, String> headers, Consumer<Arrival> heard) {
    return new SseClient(answer(CLIENT, address, headers), List.of(), heard).reading();
  }

  /** Like {@link #open}, over TLS, by that version of HTTP if the server speaks it. */
  public static SseClient overTls(
      HttpClient.Version version, URI address, Map<String, String> headers) {
    return asked(Http.client().version(version).build(), address, headers).reading();
  }

  /** Over TLS and HTTP/1.1, by a reader that takes the head of the answer and nothing more. */
  public static SseClient stopped(URI address, Map<String, String> headers) {
    return asked(Http.client().build(), address, headers);
  }

  private static SseClient asked(HttpClient client, URI address, Map<String, String> headers) {
    List<Arrival> kept = new CopyOnWriteArrayList<>();
    return new SseClient(answer(client, address, headers), kept, kept::add);
  }

  private static HttpResponse<InputStream> answer(
      HttpClient client, URI address, Map<String, String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address).header("Accept", "text/event-stream");
    headers.forEach(request::header);
    return Http.send(client, request.build(), HttpResponse.BodyHandlers.ofInputStream());
  }

  private SseClient reading() {
    reader.start();
    return this;
  }

  public int status() {
    return response.statusCode();
  }

  /** The version of HTTP that both sides agreed on. */
  public HttpClient.Version version() {
    return response.version();
  }

  public HttpHeaders headers() {
    return response.headers();
  }

  /** An event and when it was read. */
  public record Arrival(SseEvent event, Instant at) {}

  /** Everything that came until now, in order, with the times. */
  public List<Arrival> arrivals() {
    return List.copyOf(arrivals);
  }

  /** Everything that came until now, in order. */
  public List<SseEvent> events() {
    return arrivals.stream().map(Arrival::event).toList();
  }

  /** Everything of one name that came until now, in order. */
  public List<SseEvent> events(String name) {
    return events().stream().filter(event -> event.name().equals(name)).toList();
  }

  /** Waits for the first event that fits, also among those that came already. */
  public SseEvent await(Duration limit, Predicate<SseEvent> fits) {
    return Awaitility.await("an event of " + response.uri().getPath())
        .atMost(limit)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> events().stream().filter(fits).findFirst(), Optional::isPresent)
        .orElseThrow();
  }

  /** Waits for the first event of that name, also among those that came already. */
  public SseEvent await(Duration limit, String name) {
    return await(limit, event -> event.name().equals(name));
  }

  /** Waits until the server has ended the stream. */
  public void awaitEnd(Duration limit) {
    Awaitility.await("the end of " + response.uri().getPath()).atMost(limit).until(this::isEnded);
  }

  /** Whether either side has ended the stream. */
  public boolean isEnded() {
    return !reader.isAlive();
  }

  /** The id that a browser would send as {@code Last-Event-ID}. */
  public Optional<String> lastEventId() {
    synchronized (parser) {
      return parser.lastId();
    }
  }

  /** The reconnection time that the server asked for last. */
  public Optional<Duration> retry() {
    synchronized (parser) {
      return parser.retry();
    }
  }

  /** How many comment lines, such as heartbeats, came until now. */
  public int comments() {
    synchronized (parser) {
      return parser.comments();
    }
  }

  @Override
  public void close() {
    try {
      response.body().close();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
    AtExit.forgets(this);
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        synchronized (parser) {
          parser.line(line).map(e -> new Arrival(e, Instant.now())).ifPresent(heard);
        }
      }
    } catch (IOException cut) {
      return; // the stream is over, which isEnded() tells
    }
  }
}
