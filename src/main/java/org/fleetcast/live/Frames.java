package org.fleetcast.live;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.spi.JsonProvider;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The bytes of everything on a stream that is not a published event. Pure functions. */
final class Frames {
  /** A comment line: keeps proxies from closing the stream, and finds readers that are gone. */
  static final byte[] HEARTBEAT = utf8(": \n\n");

  /** What is sent in one write. */
  record Chunk(List<byte[]> pieces) {
    static final Chunk NOTHING = new Chunk(List.of());

    static Chunk of(List<byte[]> pieces) {
      return new Chunk(pieces);
    }

    /** How many bytes these are. */
    int size() {
      return pieces.stream().mapToInt(piece -> piece.length).sum();
    }
  }

  /** Of an event with lines: its id, and what all its viewers share. */
  private static final int PIECES = 2;

  private static final byte[] END = utf8("\n\n");
  private static final byte[] END_OF_ENVELOPE = utf8("}\n\n");

  /** Looked up once: the methods of {@code Json} do so at each call. */
  private static final JsonProvider JSON = JsonProvider.provider();

  private static final DateTimeFormatter SIX_DIGITS =
      new DateTimeFormatterBuilder().appendInstant(6).toFormatter();

  private Frames() {}

  /**
   * The first bytes of a stream: {@code ready}, then a block of only an id (a browser stores it
   * without firing, so a stream cut before its first event resumes too), then {@code retry}.
   */
  static byte[] ready(
      String requestId, boolean resumed, Collection<Integer> devices, EventId position) {
    JsonArrayBuilder subscriptions = JSON.createArrayBuilder();
    devices.forEach(subscriptions::add);
    String json =
        JSON.createObjectBuilder()
            .add("request_id", requestId)
            .add("resumed", resumed)
            .add("subscriptions", subscriptions)
            .build()
            .toString();
    return utf8(
        "event: ready\ndata: " + json + "\n\nid: " + position.text() + "\n\n" + retryText());
  }

  /** {@code retry:} with 1 to 3 s, so that not everybody comes back at the same moment. */
  static byte[] retry() {
    return utf8(retryText());
  }

  /** The same with 3 to 10 s, for those who cannot be served yet: there may be many of them. */
  static byte[] retryLater() {
    return utf8(retryText(Duration.ofSeconds(3), Duration.ofSeconds(10)));
  }

  private static String retryText() {
    return retryText(Duration.ofSeconds(1), Duration.ofSeconds(3));
  }

  private static String retryText(Duration least, Duration most) {
    long wait = ThreadLocalRandom.current().nextLong(least.toMillis(), most.toMillis() + 1);
    return "retry: " + wait + "\n\n";
  }

  /** The last event before the server closes the stream. */
  static List<byte[]> close(CloseReason reason, Format format, EventId position) {
    JsonObjectBuilder json = JSON.createObjectBuilder().add("reason", reason.text());
    List<byte[]> pieces = new ArrayList<>();
    add(pieces, position, event("connection_close", json), format);
    return pieces;
  }

  /** What stands in the place of lines that a viewer is not given. */
  private static StreamEvent gap(Gap gap, @Nullable Integer deviceId) {
    JsonObjectBuilder json = JSON.createObjectBuilder();
    if (deviceId == null) {
      json.addNull("device_id");
    } else {
      json.add("device_id", deviceId);
    }
    String entityId = gap.scope().entityId();
    if (entityId == null) {
      json.addNull("device_entity_id");
    } else {
      json.add("device_entity_id", entityId);
    }
    json.add("missed", gap.count()).add("from", time(gap.from())).add("to", time(gap.to()));
    return event("gap", json);
  }

  /** A time in microseconds since 1970, as clients compare it. */
  static String time(long micros) {
    return SIX_DIGITS.format(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
  }

  static byte[] idLine(EventId id) {
    return utf8("id: " + id.text() + "\n");
  }

  /** What stands before the payload of an event, but for its id. */
  static byte[] head(String name, Format format) {
    return utf8(
        format == Format.NAMED
            ? "event: " + name + "\ndata: "
            : "data: {\"type\":\"" + name + "\",\"payload\":");
  }

  /** What stands behind it. */
  static byte[] end(Format format) {
    return format == Format.NAMED ? END : END_OF_ENVELOPE;
  }

  private static void add(List<byte[]> pieces, EventId id, StreamEvent event, Format format) {
    pieces.add(idLine(id));
    pieces.add(head(event.getName(), format));
    pieces.add(event.json());
    pieces.add(end(format));
  }

  /**
   * What is to be written next, in pieces: nothing that viewers share is copied.
   *
   * @param deviceOf returns the device that a scope is followed for; null when it is none
   */
  static List<byte[]> batch(
      Cursor.Batch batch, Format format, Function<Scope, @Nullable Integer> deviceOf) {
    List<byte[]> pieces = new ArrayList<>(PIECES * batch.pieces().size());
    if (batch.nudge()) {
      add(pieces, batch.before(), StreamEvent.ROTATION_UPDATED, format);
    }
    for (Cursor.Taken taken : batch.pieces()) {
      if (taken.piece() instanceof Publication lines) {
        pieces.add(taken.id() == lines.id() ? lines.idLine() : idLine(taken.id()));
        pieces.add(lines.frame(format));
      } else if (taken.piece() instanceof Gap gap) {
        add(pieces, taken.id(), gap(gap, deviceOf.apply(gap.scope())), format);
      }
    }
    return pieces;
  }

  private static StreamEvent event(String name, JsonObjectBuilder json) {
    return StreamEvent.of(name, PrintableJson.of(json.build().toString()));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
