package org.fleetcast.it;

import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;
import org.jspecify.annotations.Nullable;

/** Somebody who opens a stream again whenever it ends, after the last event that came. */
final class ReturningViewer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Function<String, SseClient> open;
  private final List<SseClient> streams = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> run;
  private volatile boolean closed;
  private volatile @Nullable Session session;

  /**
   * @param open opens a stream after an event, at first after none (""); it throws, or its stream
   *     has another status than 200, when that does not succeed
   */
  private ReturningViewer(Function<String, SseClient> open) {
    this.open = open;
    this.run = CompletableFuture.runAsync(this::follow, task -> new Thread(task).start());
  }

  /** Of a stream that brings its subscription with it. */
  static ReturningViewer of(Function<String, SseClient> follow) {
    return new ReturningViewer(
        last -> follow.apply(last.isEmpty() ? "" : "?last_event_id=" + last));
  }

  /** Of a session, which is subscribed again whenever the server has forgotten it. */
  static ReturningViewer subscribed(Operator operator, Supplier<JsonObjectBuilder> what) {
    return subscribed(() -> operator, () -> operator, what);
  }

  /** The same where one server has the stream and another gets the subscription. */
  static ReturningViewer subscribed(
      Supplier<Operator> opening,
      Supplier<Operator> subscribing,
      Supplier<JsonObjectBuilder> what) {
    Session session = new Session(opening, subscribing, what);
    ReturningViewer viewer = new ReturningViewer(session::open);
    viewer.session = session;
    return viewer;
  }

  private void follow() {
    while (!closed) {
      String last = lastEventId();
      Awaitility.await("a stream")
          .ignoreExceptions()
          .pollInterval(Duration.ofMillis(100))
          .atMost(PATIENCE)
          .until(() -> closed || opened(last));
      if (!streams.isEmpty()) {
        SseClient stream = streams.get(streams.size() - 1);
        Awaitility.await("its end").forever().until(() -> closed || stream.isEnded());
      }
    }
  }

  private boolean opened(String last) {
    SseClient stream = open.apply(last);
    if (stream.status() != 200) {
      stream.close();
      return false;
    }
    streams.add(stream);
    return true;
  }

  private String lastEventId() {
    String last = "";
    for (SseClient stream : streams) {
      last = stream.lastEventId().orElse(last);
    }
    return last;
  }

  /** The numbers of all lines that came. */
  List<Integer> numbers() {
    return streams.stream().flatMap(stream -> JoinIT.numbers(stream).stream()).toList();
  }

  /** All gaps that were told. */
  List<SseEvent> gaps() {
    return streams.stream().flatMap(stream -> stream.events("gap").stream()).toList();
  }

  /** How often a server did not know its session any more. */
  int forgotten() {
    Session own = session;
    return own == null ? 0 : own.forgotten.get();
  }

  /** Whether a line of at least that number has come. */
  boolean hasReached(int number) {
    if (run.isCompletedExceptionally()) {
      run.join();
    }
    for (int i = streams.size() - 1; i >= 0; i--) {
      List<SseEvent> events = streams.get(i).events("device-logs");
      if (!events.isEmpty()) {
        return JoinIT.numbers(events.get(events.size() - 1)).stream().anyMatch(n -> n >= number);
      }
    }
    return false;
  }

  @Override
  public void close() {
    closed = true;
    run.handle((done, failed) -> null).join();
    streams.forEach(SseClient::close);
  }

  /** The protocol of a client: what the server has forgotten is subscribed to again. */
  private static final class Session {
    private final Supplier<Operator> opening;
    private final Supplier<Operator> subscribing;
    private final Supplier<JsonObjectBuilder> what;
    private final String requestId = Operator.unique("returning");

    /** What a subscription that is still to be made has to come after; "" when none is. */
    private String due = "";

    private boolean subscribed;
    private final AtomicInteger forgotten = new AtomicInteger();

    Session(
        Supplier<Operator> opening,
        Supplier<Operator> subscribing,
        Supplier<JsonObjectBuilder> what) {
      this.opening = opening;
      this.subscribing = subscribing;
      this.what = what;
    }

    SseClient open(String last) {
      Map<String, String> header = last.isEmpty() ? Map.of() : Map.of("Last-Event-ID", last);
      SseClient stream = opening.get().open(requestId, "", header);
      if (stream.status() == 200) {
        if (subscribed && !stream.events("ready").get(0).json().getBoolean("resumed")) {
          subscribed = false;
          forgotten.incrementAndGet();
          due = last;
        }
        subscribe(stream);
      }
      return stream;
    }

    private void subscribe(SseClient stream) {
      if (subscribed) {
        return;
      }
      JsonObjectBuilder body = what.get();
      if (!due.isEmpty()) {
        body.add("after", due);
      }
      subscribed = subscribing.get().subscribe(requestId, body).status() == 200;
      if (!subscribed) {
        stream.close(); // the next one is
      }
    }
  }
}
