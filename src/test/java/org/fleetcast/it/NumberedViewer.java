package org.fleetcast.it;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SseClient;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who watches numbered lines for as long as a run takes, keeps none of them, and counts
 * what is missing or comes twice. He comes back as a browser does: after the time that the server
 * asked for, with the id of the last event.
 */
final class NumberedViewer implements AutoCloseable {
  private static final Pattern ENTITY = Pattern.compile("\"device_entity_id\":\"([^\"]+)\"");
  private static final Pattern NUMBER = Pattern.compile("\"n\":(\\d+)");
  private static final Duration NO_ANSWER = Duration.ofMillis(500);
  private static final Duration NOTICEABLE = Duration.ofMillis(100);

  private final URI base;
  private final String path;
  private final @Nullable String subscription;
  private final String requestId = Operator.unique("numbered");
  private final Map<String, Integer> last = new ConcurrentHashMap<>();
  private final List<Pause> pauses = new CopyOnWriteArrayList<>();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger doubled = new AtomicInteger();
  private final AtomicInteger gaps = new AtomicInteger();
  private final AtomicInteger forgotten = new AtomicInteger();
  private final Thread thread = new Thread(this::follow, "numbered-viewer");
  private volatile boolean closed;
  private volatile boolean ready;
  private volatile boolean subscribed;
  private volatile @Nullable SseClient open;
  private @Nullable String lastId;
  private @Nullable Instant heardAt;
  private Duration retry = NO_ANSWER;

  /** Nothing came between. */
  record Pause(Instant from, Instant to) {
    Duration length() {
      return Duration.between(from, to);
    }
  }

  private NumberedViewer(URI base, String path, @Nullable String subscription) {
    this.base = base;
    this.path = path;
    this.subscription = subscription;
    thread.setDaemon(true);
    thread.start();
  }

  /** Of a stream that says in its address what it follows. */
  static NumberedViewer of(URI base, String path) {
    return new NumberedViewer(base, path, null);
  }

  /** Of a session that is subscribed by a request of its own, which may reach another replica. */
  static NumberedViewer subscribed(URI base, String subscription) {
    return new NumberedViewer(base, "/api/sse/stream", subscription);
  }

  private void follow() {
    while (!closed) {
      try {
        String token = Api.at(base).editorToken();
        try (SseClient stream = opened(token)) {
          open = stream;
          if (stream.status() == 200 && isSubscribed(stream, token)) {
            while (!closed && !stream.isEnded()) {
              LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
          }
          stream.retry().ifPresent(asked -> retry = asked);
          if (subscription == null || subscribed) { // else it says where others are
            lastId = stream.lastEventId().orElse(lastId);
          }
        }
      } catch (RuntimeException away) {
        retry = NO_ANSWER;
      }
      LockSupport.parkNanos(retry.toNanos());
    }
  }

  private SseClient opened(String token) {
    Map<String, String> headers =
        lastId == null
            ? Map.of("Authorization", "Bearer " + token)
            : Map.of("Authorization", "Bearer " + token, "Last-Event-ID", lastId);
    return SseClient.listening(
        base.resolve(path + "?request_id=" + requestId), headers, this::heard);
  }

  private void heard(SseClient.Arrival arrival) {
    String data = arrival.event().data();
    switch (arrival.event().name()) {
      case "ready" -> resumed(data.contains("\"resumed\":true"));
      case "gap" -> gaps.incrementAndGet();
      case "device-logs" -> lines(data, arrival.at());
      default -> {} // nothing of lines
    }
  }

  private void resumed(boolean resumed) {
    if (subscribed && !resumed) {
      subscribed = false;
      forgotten.incrementAndGet();
    }
    ready = true;
  }

  /** False when the stream is to be opened again. */
  private boolean isSubscribed(SseClient stream, String token) {
    while (!ready && !stream.isEnded() && !closed) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
    boolean begun = ready;
    ready = false;
    if (!begun || subscription == null || subscribed) {
      return begun;
    }
    String after = lastId == null ? "" : ",\"after\":\"" + lastId + "\"";
    String body = "{\"request_id\":\"" + requestId + "\"," + subscription + after + "}";
    subscribed =
        Api.at(base).withBearer(token).post("/api/device-logs/subscribe", body).status() == 200;
    return subscribed;
  }

  private void lines(String data, Instant at) {
    Instant before = heardAt;
    if (before != null && before.plus(NOTICEABLE).isBefore(at)) {
      pauses.add(new Pause(before, at));
    }
    heardAt = at;
    Matcher entity = ENTITY.matcher(data);
    if (!entity.find()) {
      return;
    }
    int known = last.getOrDefault(entity.group(1), -1);
    for (Matcher number = NUMBER.matcher(data); number.find(); ) {
      int n = Integer.parseInt(number.group(1));
      if (known >= 0 && n <= known) {
        doubled.incrementAndGet();
      } else {
        lost.addAndGet(known < 0 ? 0 : n - known - 1);
        known = n;
      }
    }
    last.put(entity.group(1), known);
  }

  /** The last number of an entity that came; -1 when none did. */
  int last(String entity) {
    return last.getOrDefault(entity, -1);
  }

  /** The longest time that began after one moment and before another in which nothing came. */
  Duration longestPause(Instant from, Instant until) {
    return pauses.stream()
        .filter(pause -> pause.to().isAfter(from) && pause.from().isBefore(until))
        .map(Pause::length)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  int lost() {
    return lost.get();
  }

  int doubled() {
    return doubled.get();
  }

  int gaps() {
    return gaps.get();
  }

  /** How often a replica did not know its session any more. */
  int forgotten() {
    return forgotten.get();
  }

  @Override
  public void close() {
    closed = true;
    SseClient stream = open;
    if (stream != null) {
      stream.close();
    }
  }
}
