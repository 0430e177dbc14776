package org.fleetcast.sink;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.fleetcast.live.LogLevel;
import org.jspecify.annotations.Nullable;

/**
 * Which letter a line's level counts as where the device sent something else as its level: a word,
 * a number, or what we do not know while the message says it in its prefix. A field of our own.
 */
final class Severity {
  static final String FIELD = "severity_letter";

  private Severity() {}

  /**
   * Sets the field where the level is not its letter already; else there is none.
   *
   * @param inMessage what the message's prefix says; null for nothing
   */
  static void mark(ObjectNode fields, @Nullable String inMessage) {
    String sent = fields.path("level").asText();
    String known = LogLevel.letter(sent);
    String letter = known == null ? inMessage : known;
    if (letter == null || letter.equals(sent)) {
      fields.remove(FIELD);
    } else {
      fields.put(FIELD, letter);
    }
  }
}
