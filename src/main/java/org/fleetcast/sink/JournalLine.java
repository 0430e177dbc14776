package org.fleetcast.sink;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.fleetcast.live.LineFields;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.LiveLine;
import org.jspecify.annotations.Nullable;

/**
 * A line as it is kept: the document of its index, with its time and id.
 *
 * @param at its {@code @timestamp} in microseconds since 1970, unique within the journal
 * @param id its id, the same in Elasticsearch, on the stream and in history
 * @param entityId the entity whose followers see it; null for none, and for a dead letter
 * @param json the document, one line of JSON in UTF-8
 */
public record JournalLine(long at, String id, Kind kind, @Nullable String entityId, byte[] json)
    implements LiveLine {
  /** Which index a line belongs to. */
  public enum Kind {
    LINE,
    DEAD_LETTER
  }

  /** The time and id that a line is given when it is taken. */
  public record Stamp(long at, String id) {}

  public static JournalLine of(ReceivedLine line, Stamp stamp) {
    if (line instanceof ReceivedLine.Good good) {
      ObjectNode fields = good.fields();
      fields.put("@timestamp", LogTime.text(stamp.at));
      fields.put("id", stamp.id);
      return new JournalLine(
          stamp.at, stamp.id, Kind.LINE, good.entityId(), LineJson.bytes(fields));
    }
    return deadLetter(stamp, (ReceivedLine.Bad) line);
  }

  /**
   * A line that Elasticsearch has, also one written before Fleetcast: as it is, but for its id, its
   * time, and the level and tag that it says only in its message, which are told as history tells
   * them.
   *
   * @param entityId whose it is; null for nobody's who was asked for
   * @param at its time where the document, an old one, does not say it as text
   */
  public static JournalLine stored(
      String documentId, @Nullable String entityId, ObjectNode source, long at) {
    StoredLine row = StoredLine.of(documentId, source, at);
    source.put("@timestamp", LogTime.text(row.at()));
    source.put("id", documentId);
    if (!source.hasNonNull("level") && row.level() != null) {
      source.put("level", row.level());
    }
    if (!source.hasNonNull("tag") && row.tag() != null) {
      source.put("tag", row.tag());
    }
    Severity.mark(source, row.level());
    return new JournalLine(row.at(), documentId, Kind.LINE, entityId, LineJson.bytes(source));
  }

  @Override
  public LineFilter.Text text() {
    StoredLine row = StoredLine.of(this);
    return LineFilter.Text.of(row.level(), row.message(), fields());
  }

  /** Its fields, read when one is asked for. */
  public LineFields fields() {
    return SentFields.of(json);
  }

  /** The same line for the dead-letter index, because Elasticsearch refused it for that reason. */
  public JournalLine refused(String reason) {
    RawBytes raw = RawBytes.of(json, 0, json.length);
    return deadLetter(new Stamp(at, id), new ReceivedLine.Bad(raw, reason, entityId, 1));
  }

  /** What it costs the journal, in bytes. */
  public long size() {
    return json.length + 64L;
  }

  private static JournalLine deadLetter(Stamp stamp, ReceivedLine.Bad bad) {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    fields.put("id", stamp.id);
    fields.put("@timestamp", LogTime.text(stamp.at));
    bad.raw().put(fields, bad.reason());
    fields.put("entity_id", bad.entityId());
    return new JournalLine(stamp.at, stamp.id, Kind.DEAD_LETTER, null, LineJson.bytes(fields));
  }
}
