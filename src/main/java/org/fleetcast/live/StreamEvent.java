package org.fleetcast.live;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An event that has no place in the log. */
public final class StreamEvent implements OutboundSseEvent {
  /** The nudge that says "look again". */
  public static final StreamEvent ROTATION_UPDATED = StreamEvent.of("rotation-updated", "{}");

  /** Told to nobody: what sends it only looks who is still there. */
  static final StreamEvent NOTHING = StreamEvent.of("nothing", "");

  private final String name;
  private final byte[] json;

  private StreamEvent(String name, byte[] json) {
    this.name = name;
    this.json = json;
  }

  /**
   * An event.
   *
   * @param json its payload as one line of JSON text
   */
  static StreamEvent of(String name, String json) {
    return new StreamEvent(name, json.getBytes(StandardCharsets.UTF_8));
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
