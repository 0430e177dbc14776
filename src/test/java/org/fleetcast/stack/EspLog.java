package org.fleetcast.stack;

import jakarta.json.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Log lines in the form of ESP-IDF, coloured, as the NDJSON that a device publishes. */
final class EspLog {
  private static final String RESET = "\u001b[0m";

  private final String entityId;
  private final ByteArrayOutputStream batch = new ByteArrayOutputStream();
  private long uptimeMillis;

  EspLog(String entityId) {
    this.entityId = entityId;
  }

  /** Lets time pass on the device's own clock. */
  EspLog after(long millis) {
    uptimeMillis += millis;
    return this;
  }

  /** The device starts again: its clock, too. */
  EspLog boot() {
    uptimeMillis = 0;
    return this;
  }

  EspLog error(String tag, String text) {
    return line('E', "\u001b[0;31m", tag, text);
  }

  EspLog warning(String tag, String text) {
    return line('W', "\u001b[0;33m", tag, text);
  }

  EspLog info(String tag, String text) {
    return line('I', "\u001b[0;32m", tag, text);
  }

  EspLog debug(String tag, String text) {
    return line('D', "", tag, text);
  }

  EspLog verbose(String tag, String text) {
    return line('V', "", tag, text);
  }

  /** Bytes as they are, followed by the end of a line. */
  EspLog raw(byte... bytes) {
    batch.writeBytes(bytes);
    batch.write('\n');
    return this;
  }

  EspLog raw(String text) {
    return raw(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The lines since the last call, as one payload. */
  byte[] take() {
    byte[] payload = batch.toByteArray();
    batch.reset();
    return payload;
  }

  private EspLog line(char level, String colour, String tag, String text) {
    uptimeMillis += 7;
    String plain = level + " (" + uptimeMillis + ") " + tag + ": " + text;
    return raw(
        Json.createObjectBuilder()
            .add("entity_id", entityId)
            .add("message", colour.isEmpty() ? plain : colour + plain + RESET)
            .add("relative_time", uptimeMillis)
            .add("level", String.valueOf(level))
            .build()
            .toString());
  }
}
