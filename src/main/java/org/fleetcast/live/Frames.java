package org.fleetcast.live;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.spi.JsonProvider;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
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

  /** What is sent in one write, with the events in it. */
  record Chunk(List<byte[]> pieces, List<Mailbox.Item> items) {
    static final Chunk NOTHING = new Chunk(List.of(), List.of());

    /** One that has no events of a mailbox. */
    static Chunk of(List<byte[]> pieces) {
      return new Chunk(pieces, List.of());
    }
  }

  /** Of an event: what stands before its payload, the payload, and what stands behind it. */
  private static final int PIECES = 3;

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
  static byte[] ready(String requestId, boolean resumed, Collection<Integer> devices, long lastId) {
    JsonArrayBuilder subscriptions = JSON.createArrayBuilder();
    devices.forEach(subscriptions::add);
    String json =
        JSON.createObjectBuilder()
            .add("request_id", requestId)
            .add("resumed", resumed)
            .add("subscriptions", subscriptions)
            .build()
            .toString();
    return utf8("event: ready\ndata: " + json + "\n\nid: " + lastId + "\n\n" + retryText());
  }

  /** {@code retry:} with 1 to 3 s, so that not everybody comes back at the same moment. */
  static byte[] retry() {
    return utf8(retryText());
  }

  private static String retryText() {
    Duration wait = Duration.ofMillis(ThreadLocalRandom.current().nextLong(1000, 3001));
    return "retry: " + wait.toMillis() + "\n\n";
  }

  /** The last event before the server closes the stream. */
  static List<byte[]> close(CloseReason reason, Format format, long lastId) {
    JsonObjectBuilder json = JSON.createObjectBuilder().add("reason", reason.text());
    List<byte[]> pieces = new ArrayList<>();
    add(pieces, lastId, event("connection_close", json), format);
    return pieces;
  }

  /** What stands in the place of lines that a slow reader lost. */
  static StreamEvent gap(StreamEvent.Lines lost, @Nullable Integer deviceId) {
    JsonObjectBuilder json = JSON.createObjectBuilder();
    if (deviceId == null) {
      json.addNull("device_id");
    } else {
      json.add("device_id", deviceId);
    }
    json.add("device_entity_id", lost.entityId())
        .add("missed", lost.count())
        .add("from", lost.from())
        .add("to", lost.to());
    return event("gap", json);
  }

  /** A time as clients compare it. */
  static String text(Instant time) {
    return SIX_DIGITS.format(time);
  }

  /** What stands for everything when a viewer names an event that its session never had. */
  static StreamEvent gapOfUnknown(Instant now) {
    String time = text(now);
    return event(
        "gap",
        JSON.createObjectBuilder()
            .addNull("device_id")
            .addNull("device_entity_id")
            .add("missed", 0)
            .add("from", time)
            .add("to", time));
  }

  /** An event as it goes over the wire: what all its viewers share is a piece of its own. */
  private static void add(List<byte[]> pieces, long id, StreamEvent event, Format format) {
    boolean named = format == Format.NAMED;
    String head =
        named
            ? "id: " + id + "\nevent: " + event.getName() + "\ndata: "
            : "id: " + id + "\ndata: {\"type\":\"" + event.getName() + "\",\"payload\":";
    pieces.add(utf8(head));
    pieces.add(event.json());
    pieces.add(named ? END : END_OF_ENVELOPE);
  }

  /**
   * What is to be written next, gaps first, in pieces: nothing that viewers share is copied.
   *
   * @param deviceOf gives the device that an entity is followed for; null when it is not any more
   */
  static List<byte[]> batch(
      Mailbox.Batch batch, Format format, Function<String, @Nullable Integer> deviceOf) {
    int events = batch.gaps().size() + batch.items().size() + 1;
    List<byte[]> pieces = new ArrayList<>(PIECES * events);
    // Only the last gap moves the id on: a stream cut between two gaps is told both again.
    int last = batch.gaps().size() - 1;
    for (int i = 0; i <= last; i++) {
      StreamEvent.Lines lost = batch.gaps().get(i).lines();
      long id = i == last ? batch.before() : batch.after();
      add(pieces, id, gap(lost, deviceOf.apply(lost.entityId())), format);
    }
    if (batch.nudge()) {
      add(pieces, batch.before(), StreamEvent.ROTATION_UPDATED, format);
    }
    for (Mailbox.Item item : batch.items()) {
      add(pieces, item.sequence(), item.event(), format);
    }
    return pieces;
  }

  private static StreamEvent event(String name, JsonObjectBuilder json) {
    return StreamEvent.of(name, utf8(PrintableJson.of(json.build().toString())));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
