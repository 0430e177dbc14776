package org.fleetcast.stack;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import org.jspecify.annotations.Nullable;

/**
 * An event as a browser would fire it: its id is the last one seen, its name "message" if unset.
 */
public record SseEvent(@Nullable String id, String name, String data) {

  /** The data read as a JSON object. */
  public JsonObject json() {
    try (JsonReader reader = Json.createReader(new StringReader(data))) {
      return reader.readObject();
    }
  }
}
