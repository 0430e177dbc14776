package org.fleetcast.sink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import org.fleetcast.live.LogLevel;
import org.jspecify.annotations.Nullable;

/**
 * A stored line as history answers it.
 *
 * @param at its time in microseconds since 1970
 * @param entityId the entity that it names, as a text; null when it names none
 * @param level the letter that its level counts as; null when it has none that we know
 * @param tag the module that it comes from; null when it does not say
 * @param sgr the colours of its message, see {@link Ansi#sgr}; null when it has none
 * @param fields all that the device sent, as JSON; null when nobody asked for it
 */
public record StoredLine(
    long at,
    String id,
    @Nullable String entityId,
    String message,
    @Nullable String level,
    @Nullable String tag,
    @Nullable String sgr,
    @Nullable String fields) {
  /** By time, and by id where several replicas share a microsecond. */
  public static final Comparator<StoredLine> ORDER =
      Comparator.comparingLong(StoredLine::at).thenComparing(StoredLine::id);

  /** A row without entity, tag and colours. */
  public StoredLine(long at, String id, String message, @Nullable String level) {
    this(at, id, null, message, level, null, null, null);
  }

  /**
   * The row of a document.
   *
   * @param at its time where the document, an old one, does not say it as text
   * @param whole whether all of its fields are wanted
   */
  public static StoredLine of(String documentId, ObjectNode source, long at, boolean whole) {
    JsonNode sent = source.get("message");
    String message = sent == null ? "" : sent.asText(sent.toString());
    String level = LogLevel.letter(source.path("level").asText());
    String tag = isSent(source, "tag") ? source.path("tag").textValue() : null;
    // A line that was written before Fleetcast has neither as a field, and a level may be no known.
    FirmwarePrefix prefix =
        level != null && tag != null ? FirmwarePrefix.NONE : FirmwarePrefix.of(message);
    long time = LogTime.parse(source.path("@timestamp").asText()).orElse(at);
    if (whole && source.has("@timestamp")) {
      source.put("@timestamp", LogTime.text(time)); // an old one may have other digits
    }
    return new StoredLine(
        time,
        documentId,
        source.path("entity_id").textValue(),
        message,
        level == null ? prefix.level() : level,
        tag == null ? prefix.tag() : tag,
        source.path("sgr").textValue(),
        whole ? new String(LineJson.bytes(source), StandardCharsets.UTF_8) : null);
  }

  /** The row of a document, without its other fields. */
  static StoredLine of(String documentId, ObjectNode source, long at) {
    return of(documentId, source, at, false);
  }

  /** Whether a line has such a field; an empty text says as little as none. */
  static boolean isSent(ObjectNode source, String field) {
    JsonNode value = source.path(field);
    return source.hasNonNull(field) && !(value.isTextual() && value.textValue().isBlank());
  }

  /** The letter that the level of a line counts as that was taken; null when it has none. */
  static @Nullable String level(ObjectNode taken) {
    return LogLevel.letter(taken.path(Severity.FIELD).asText(taken.path("level").asText()));
  }

  public static StoredLine of(JournalLine entry) {
    return of(entry, false);
  }

  public static StoredLine of(JournalLine entry, boolean whole) {
    try {
      return of(entry.id(), LineJson.read(entry.json()), entry.at(), whole);
    } catch (IOException unreadable) {
      // Not what we write; a line that shows what it is keeps no other from being shown.
      String json = new String(entry.json(), StandardCharsets.UTF_8);
      return new StoredLine(entry.at(), entry.id(), entry.entityId(), json, null, null, null, null);
    }
  }

  /** Roughly what it takes in an answer, in characters. */
  public long size() {
    return message.length() + (fields == null ? 0 : fields.length());
  }

  /**
   * One line of the text download. What would end the line, or mean something to a terminal, is
   * escaped.
   */
  public String text() {
    return text("");
  }

  /** The same with the entity before the message, as one word: its blanks are escaped too. */
  public String textOf(String entity) {
    StringBuilder word = new StringBuilder(entity.length() + 1);
    entity.chars().forEach(c -> escaped(word, (char) c));
    return text(word.toString().replace(" ", "\\u0020") + " ");
  }

  private String text(String before) {
    StringBuilder text = new StringBuilder(message.length() + 40);
    text.append(LogTime.text(at)).append(' ').append(level == null ? "-" : level).append(' ');
    text.append(before);
    message.chars().forEach(c -> escaped(text, (char) c));
    return text.append('\n').toString();
  }

  private static void escaped(StringBuilder text, char c) {
    switch (c) {
      case '\r' -> text.append("\\r");
      case '\n' -> text.append("\\n");
      case '\t' -> text.append("\\t");
      default -> {
        if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
          text.append("\\u%04x".formatted((int) c));
        } else {
          text.append(c);
        }
      }
    }
  }
}
