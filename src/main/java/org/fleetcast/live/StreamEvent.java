package org.fleetcast.live;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Something to tell viewers. Its bytes are made once and shared by every mailbox it lies in; what
 * stands around them depends on the stream.
 */
public final class StreamEvent implements OutboundSseEvent, Mailbox.Place {
  /** The nudge that says "look again". */
  public static final StreamEvent ROTATION_UPDATED =
      new StreamEvent("rotation-updated", "{}".getBytes(StandardCharsets.UTF_8), null);

  /** Told to nobody: what sends it only looks who is still there. */
  static final StreamEvent NOTHING = new StreamEvent("nothing", new byte[0], null);

  /** The object and the head of its array. */
  static final int OVERHEAD = 64;

  private final String name;
  private final byte[] json;
  private final EvictedEvent trace;

  private StreamEvent(String name, byte[] json, @Nullable Lines lines) {
    this.name = name;
    this.json = json;
    this.trace = new EvictedEvent(lines, json.length + OVERHEAD);
  }

  /**
   * An event without log lines.
   *
   * @param json its payload as one line of JSON text in UTF-8
   */
  static StreamEvent of(String name, byte[] json) {
    return new StreamEvent(name, json, null);
  }

  /**
   * An event with log lines.
   *
   * @param json its payload as one line of JSON text in UTF-8
   * @param lines what is missing when a viewer loses it
   */
  static StreamEvent deviceLogs(byte[] json, Lines lines) {
    return new StreamEvent("device-logs", json, lines);
  }

  /** The log lines in an event: of which entity, how many, and the times of the first and last. */
  public record Lines(String entityId, int count, String from, String to) {}

  /** The log lines in this event; null for a nudge. */
  @Nullable Lines lines() {
    return trace.lines();
  }

  /** What remains of it where it is let go; knows who holds it. */
  EvictedEvent trace() {
    return trace;
  }

  /** The number of bytes that this event counts for in a mailbox. */
  int size() {
    return json.length;
  }

  /** Its payload, as one line of JSON in UTF-8. */
  byte[] json() {
    return json;
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public Class<?> getType() {
    return String.class;
  }

  @Override
  public Type getGenericType() {
    return String.class;
  }

  @Override
  public MediaType getMediaType() {
    return MediaType.APPLICATION_JSON_TYPE;
  }

  @Override
  public Object getData() {
    return new String(json, StandardCharsets.UTF_8);
  }

  @Override
  public @Nullable String getId() {
    return null;
  }

  @Override
  public @Nullable String getComment() {
    return null;
  }

  @Override
  public long getReconnectDelay() {
    return RECONNECT_NOT_SET;
  }

  @Override
  public boolean isReconnectDelaySet() {
    return false;
  }
}
