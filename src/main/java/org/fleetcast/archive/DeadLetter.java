package org.fleetcast.archive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Optional;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LineJson;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.RawBytes;
import org.fleetcast.sink.ReceivedLine;
import org.jspecify.annotations.Nullable;

/**
 * A line that could not be taken or stored, as the dead-letter index has it.
 *
 * @param at its time in microseconds since 1970
 * @param index the index that it lies in; empty while only the journal has it
 * @param encoding of {@code raw}: {@code text} or {@code base64}
 */
public record DeadLetter(
    long at,
    String id,
    String index,
    String reason,
    String raw,
    String encoding,
    @Nullable String entityId) {
  public static final Comparator<DeadLetter> NEWEST_FIRST =
      Comparator.comparingLong(DeadLetter::at).thenComparing(DeadLetter::id).reversed();

  public static DeadLetter of(String id, String index, JsonNode source) {
    return new DeadLetter(
        LogTime.parse(source.path("@timestamp").asText()).orElse(0L),
        id,
        index,
        source.path("reason").asText(),
        source.path("raw").asText(),
        source.path("encoding").asText(),
        source.path("entity_id").textValue());
  }

  /** One that the journal holds. */
  public static DeadLetter of(JournalLine entry) {
    try {
      return of(entry.id(), "", LineJson.read(entry.json()));
    } catch (IOException impossible) {
      throw new IllegalStateException("The journal holds only JSON that we wrote", impossible);
    }
  }

  /**
   * The log line that it is after all, under its own id and time; empty when it is none.
   *
   * @param reader reads what a device sent
   */
  public Optional<JournalLine> line(ReceivedLine.Reader reader) {
    if (reason.contains(RawBytes.CUT)) {
      return Optional.empty();
    }
    byte[] bytes;
    try {
      bytes =
          encoding.equals("base64")
              ? Base64.getDecoder().decode(raw)
              : raw.getBytes(StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
    if (isDocument(bytes)) {
      return Optional.of(new JournalLine(at, id, JournalLine.Kind.LINE, entityId, bytes));
    }
    Iterator<ReceivedLine> lines = reader.read(bytes).iterator();
    return lines.hasNext() && lines.next() instanceof ReceivedLine.Good good && !lines.hasNext()
        ? Optional.of(JournalLine.of(good, new JournalLine.Stamp(at, id)))
        : Optional.empty();
  }

  /**
   * Whether it is a line that Elasticsearch refused: it has the id and the time that it was given.
   */
  private boolean isDocument(byte[] bytes) {
    try {
      ObjectNode document = LineJson.read(bytes);
      return id.equals(document.path("id").textValue())
          && LogTime.text(at).equals(document.path("@timestamp").textValue());
    } catch (IOException notJson) {
      return false;
    }
  }
}
