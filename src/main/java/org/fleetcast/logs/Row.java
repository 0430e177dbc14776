package org.fleetcast.logs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * A stored line as history answers it.
 *
 * @param at its time in microseconds since 1970
 * @param sgr the colours of its message, see {@link Ansi#sgr}; null when it has none
 */
record Row(long at, String id, String message, @Nullable String level, @Nullable String sgr) {
  /** By time, and by id where several replicas share a microsecond. */
  static final Comparator<Row> ORDER = Comparator.comparingLong(Row::at).thenComparing(Row::id);

  /** A row without colours. */
  Row(long at, String id, String message, @Nullable String level) {
    this(at, id, message, level, null);
  }

  /**
   * The row of a document.
   *
   * @param at its time where the document, an old one, does not say it as text
   */
  static Row of(String documentId, ObjectNode source, long at) {
    JsonNode message = source.get("message");
    return new Row(
        LogTime.parse(source.path("@timestamp").asText()).orElse(at),
        documentId,
        message == null ? "" : message.asText(message.toString()),
        source.hasNonNull("level") ? source.get("level").asText() : null,
        source.path("sgr").textValue());
  }

  static Row of(Entry entry) {
    try {
      return of(entry.id(), LineJson.read(entry.json()), entry.at());
    } catch (IOException unreadable) {
      // Not what we write; a line that shows what it is keeps no other from being shown.
      String json = new String(entry.json(), StandardCharsets.UTF_8);
      return new Row(entry.at(), entry.id(), json, null);
    }
  }

  /** One line of the text download; line breaks in the message are escaped. */
  String text() {
    String oneLine = message.replace("\r", "\\r").replace("\n", "\\n");
    return LogTime.text(at) + " " + (level == null ? "-" : level) + " " + oneLine + "\n";
  }
}
