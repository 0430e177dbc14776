package org.fleetcast.logs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Comparator;
import org.fleetcast.live.LogLevel;
import org.jspecify.annotations.Nullable;

/**
 * A stored line as history answers it.
 *
 * @param at its time in microseconds since 1970
 * @param level the letter that its level counts as; null when it has none that we know
 * @param tag the module that it comes from; null when it does not say
 * @param sgr the colours of its message, see {@link Ansi#sgr}; null when it has none
 * @param fields all that the device sent, as JSON; null when nobody asked for it
 */
record Row(
    long at,
    String id,
    String message,
    @Nullable String level,
    @Nullable String tag,
    @Nullable String sgr,
    @Nullable String fields) {
  /** By time, and by id where several replicas share a microsecond. */
  static final Comparator<Row> ORDER = Comparator.comparingLong(Row::at).thenComparing(Row::id);

  /** Keeps numbers to the letter. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /** A row without tag and colours. */
  Row(long at, String id, String message, @Nullable String level) {
    this(at, id, message, level, null, null, null);
  }

  /**
   * The row of a document.
   *
   * @param at its time where the document, an old one, does not say it as text
   * @param whole whether all of its fields are wanted
   */
  static Row of(String documentId, ObjectNode source, long at, boolean whole) {
    JsonNode message = source.get("message");
    return new Row(
        LogTime.parse(source.path("@timestamp").asText()).orElse(at),
        documentId,
        message == null ? "" : message.asText(message.toString()),
        level(source),
        source.path("tag").textValue(),
        source.path("sgr").textValue(),
        whole ? source.toString() : null);
  }

  /** The row of a document, without its other fields. */
  static Row of(String documentId, ObjectNode source, long at) {
    return of(documentId, source, at, false);
  }

  /** The letter that the level of a document counts as; null when it has none that we know. */
  static @Nullable String level(ObjectNode source) {
    return LogLevel.letter(source.path("level").asText());
  }

  static Row of(Entry entry) {
    return of(entry, false);
  }

  static Row of(Entry entry, boolean whole) {
    try {
      return of(entry.id(), JSON.readValue(entry.json(), ObjectNode.class), entry.at(), whole);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("The journal holds only JSON that we wrote", impossible);
    } catch (IOException impossible) {
      throw new IllegalStateException("Reading from memory does not fail", impossible);
    }
  }

  /** Roughly what it takes in an answer, in characters. */
  long size() {
    return message.length() + (fields == null ? 0 : fields.length());
  }

  /**
   * One line of the text download. What would end the line, or mean something to a terminal, is
   * escaped.
   */
  String text() {
    StringBuilder text = new StringBuilder(message.length() + 40);
    text.append(LogTime.text(at)).append(' ').append(level == null ? "-" : level).append(' ');
    message.chars().forEach(c -> escaped(text, (char) c));
    return text.append('\n').toString();
  }

  private static void escaped(StringBuilder text, char c) {
    switch (c) {
      case '\r' -> text.append("\\r");
      case '\n' -> text.append("\\n");
      case '\t' -> text.append("\\t");
      default -> {
        if (Character.isISOControl(c)) {
          text.append("\\u%04x".formatted((int) c));
        } else {
          text.append(c);
        }
      }
    }
  }
}
