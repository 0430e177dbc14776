package org.fleetcast.sink;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.fleetcast.live.LogLevel;

/** Which letter a level counts as that was sent as a word or a number: a field of our own. */
final class Severity {
  static final String FIELD = "severity_letter";

  private Severity() {}

  /** Sets the field where the level is not its letter already; else there is none. */
  static void mark(ObjectNode fields) {
    String sent = fields.path("level").asText();
    String letter = LogLevel.letter(sent);
    if (letter == null || letter.equals(sent)) {
      fields.remove(FIELD);
    } else {
      fields.put(FIELD, letter);
    }
  }
}
