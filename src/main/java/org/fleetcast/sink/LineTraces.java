package org.fleetcast.sink;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Traces of messages, where the server exports any: for each message a span from the broker until
 * its lines can be read live, below it how long the journal, the live log and Elasticsearch took. A
 * line with a field {@code traceparent} puts it below the device's own span.
 *
 * <p>Without that, or when the message is not sampled, next to nothing is done for it, and never
 * anything for a line.
 */
@Singleton
public class LineTraces {
  /** Of messages beyond that are stored late it is not traced when. */
  static final int MAX_UNSTORED = 10_000;

  private final @Nullable Tracer tracer;
  private final String topic;
  private final boolean stores;
  private final IndexNames names;

  /** Messages that Elasticsearch has not got yet, by the time of their last line. */
  @GuardedBy("this")
  private final Map<Long, Way> unstored = new LinkedHashMap<>();

  @Inject
  public LineTraces(
      OpenTelemetry telemetry,
      @ConfigProperty(name = "otel.sdk.disabled", defaultValue = "true") String disabled,
      @ConfigProperty(name = "log.topic") String topic,
      @ConfigProperty(name = "elasticsearch.url") Optional<String> elasticsearch,
      IndexNames names) {
    this(
        Setting.flag("OTEL_SDK_DISABLED", disabled) ? null : telemetry.getTracer("org.fleetcast"),
        topic,
        elasticsearch.isPresent(),
        names);
  }

  /**
   * @param tracer null where nothing is traced
   * @param stores whether the lines are stored at all
   */
  LineTraces(@Nullable Tracer tracer, String topic, boolean stores, IndexNames names) {
    this.tracer = tracer;
    this.topic = topic;
    this.stores = stores;
    this.names = names;
  }

  /** How far a message is on its way: the archive may be there before the live log. */
  private static final class Way {
    private @Nullable Context message;
    private @Nullable Instant since;
    private @Nullable JournalLine stored;
    private @Nullable Instant storedAt;
  }

  /** To be called before the lines are safe: from then on they may be stored. */
  void expect(List<Delivery.Taken> messages) {
    if (tracer == null || !stores) {
      return;
    }
    for (Delivery.Taken message : messages) {
      if (!message.lines().isEmpty()) {
        expect(last(message).at());
      }
    }
  }

  private synchronized void expect(long at) {
    unstored.putIfAbsent(at, new Way());
    if (unstored.size() > MAX_UNSTORED) {
      unstored.remove(unstored.keySet().iterator().next());
    }
  }

  private static JournalLine last(Delivery.Taken message) {
    return message.lines().get(message.lines().size() - 1);
  }

  /** Shows a message that is safe, and traces it. */
  void show(Delivery.Taken message, Consumer<Delivery.Taken> live) {
    Tracer on = tracer;
    if (on == null) {
      live.accept(message);
      return;
    }
    Instant safe = Instant.now();
    Duration took = Duration.between(message.at(), SteadyClock.now());
    Instant begun = safe.minus(took);
    Span span = begin(on, message, begun);
    if (!span.isRecording()) {
      forget(last(message).at());
      live.accept(message);
      return;
    }
    Context within = Context.root().with(span);
    on.spanBuilder("journal").setParent(within).setStartTimestamp(begun).startSpan().end(safe);
    Span shown = on.spanBuilder("live").setParent(within).setStartTimestamp(safe).startSpan();
    try (Scope current = shown.makeCurrent()) {
      live.accept(message);
    } finally {
      Instant end = Instant.now();
      shown.end(end);
      span.end(end);
      shown(on, last(message).at(), within, end);
    }
  }

  private Span begin(Tracer on, Delivery.Taken message, Instant begun) {
    SpanBuilder span =
        on.spanBuilder("process " + topic)
            .setNoParent()
            .setSpanKind(SpanKind.CONSUMER)
            .setStartTimestamp(begun)
            .setAttribute("messaging.system", "mqtt")
            .setAttribute("messaging.operation.type", "process")
            .setAttribute("messaging.destination.name", topic)
            .setAttribute("fleetcast.lines", (long) message.lines().size())
            .setAttribute("fleetcast.first_line.id", message.lines().get(0).id())
            .setAttribute("fleetcast.last_line.id", last(message).id());
    List<Context> sent = LineContexts.of(message.lines());
    if (!sent.isEmpty()) {
      span.setParent(sent.get(0));
      sent.subList(1, sent.size())
          .forEach(other -> span.addLink(Span.fromContext(other).getSpanContext()));
    }
    return span.startSpan();
  }

  synchronized int unstored() {
    return unstored.size();
  }

  private synchronized void forget(long at) {
    unstored.remove(at);
  }

  private synchronized void shown(Tracer on, long at, Context within, Instant since) {
    Way way = unstored.get(at);
    if (way == null) {
      return;
    }
    way.message = within;
    way.since = since;
    end(on, way, at);
  }

  /** A line is in Elasticsearch: in its index, or as a dead letter. */
  public void stored(JournalLine line) {
    Tracer on = tracer;
    if (on == null) {
      return;
    }
    synchronized (this) {
      Way way = unstored.get(line.at());
      if (way != null) {
        way.stored = line;
        way.storedAt = Instant.now();
        end(on, way, line.at());
      }
    }
  }

  /** When both are known. */
  @GuardedBy("this")
  private void end(Tracer on, Way way, long at) {
    if (way.message == null || way.since == null || way.stored == null || way.storedAt == null) {
      return;
    }
    unstored.remove(at);
    Instant since = way.since.isBefore(way.storedAt) ? way.since : way.storedAt;
    on.spanBuilder("store")
        .setParent(way.message)
        .setSpanKind(SpanKind.CLIENT)
        .setStartTimestamp(since)
        .setAttribute("db.system", "elasticsearch")
        .setAttribute("db.collection.name", names.of(way.stored))
        .startSpan()
        .end(way.storedAt);
  }
}
