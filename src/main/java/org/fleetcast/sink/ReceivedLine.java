package org.fleetcast.sink;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/** A line that a device sent: either a log line, cleaned, or one that cannot be taken, with why. */
public sealed interface ReceivedLine {
  /**
   * A log line without its time and id.
   *
   * @param fields what will be stored and shown
   * @param entityId the entity it belongs to; null when it names none
   */
  record Good(ObjectNode fields, @Nullable String entityId) implements ReceivedLine {}

  /**
   * A line for the dead-letter index.
   *
   * @param raw its bytes as they came, as many as are kept
   * @param reason why it cannot be taken, and where that was seen
   * @param entityId the entity that it names, as far as that can be read; null for none
   * @param lines how many lines it stands for, itself included
   */
  record Bad(RawBytes raw, String reason, @Nullable String entityId, int lines)
      implements ReceivedLine {}

  /**
   * Reads payloads. Pure; the two settings are all it knows.
   *
   * <p>In what is stored and shown, {@code entity_id} always names the entity. Where another key
   * names it, a field {@code entity_id} of the device's own is replaced, or removed when the line
   * names no entity: history would show the line under that entity, and the stream would not.
   */
  @Singleton
  final class Reader {
    /** No MQTT message is larger. */
    private static final int MOST = 256 << 20;

    private static final int MAX_DEPTH = 500;
    private static final String ENTITY_ID = "entity_id";

    /** The colours that were stripped from the message, unless the device sent such a field. */
    private static final String SGR = "sgr";

    private static final char BYTE_ORDER_MARK = '\ufeff';

    private final String entityKey;
    private final int maxBytes;

    /** As it is configured. */
    @Inject
    public Reader(
        @ConfigProperty(name = "log.entity.key") String entityKey,
        @ConfigProperty(name = "log.max.line.bytes") String maxLineBytes) {
      this(
          Setting.name("LOG_ENTITY_KEY", entityKey),
          (int) Setting.positive("LOG_MAX_LINE_BYTES", maxLineBytes, MOST));
    }

    /**
     * @param entityKey the field that names the entity
     * @param maxBytes the size over which a line is not taken
     */
    public Reader(String entityKey, int maxBytes) {
      this.entityKey = entityKey;
      this.maxBytes = maxBytes;
    }

    /** The lines of a payload, in order, each read when it is asked for. */
    public Iterable<ReceivedLine> read(byte[] payload) {
      return () -> read(payload, PayloadLines.Position.START);
    }

    /** Those behind that place. */
    PayloadLines read(byte[] payload, PayloadLines.Position from) {
      return read(payload, from, TopicOwners.Claim.ANY);
    }

    /** The same, of which a line of another owner cannot be taken. */
    PayloadLines read(byte[] payload, PayloadLines.Position from, TopicOwners.Claim owner) {
      return new PayloadLines(payload, this, from, owner);
    }

    /** The line that those bytes are, which are not blank; a bad one without its entity. */
    ReceivedLine line(byte[] payload, int start, int end) {
      String fault;
      if (end - start > maxBytes) {
        fault = "larger than " + maxBytes + " bytes";
      } else {
        try {
          return good(text(payload, start, end));
        } catch (Unreadable unreadable) {
          fault = unreadable.getMessage();
        }
      }
      return new Bad(RawBytes.of(payload, start, end), fault, null, 1);
    }

    /** The line of those bytes with the entity that it names, if that can be read. */
    Bad named(Bad bad, byte[] payload, int start, int end) {
      return new Bad(bad.raw, bad.reason, EntityName.in(payload, start, end, entityKey), bad.lines);
    }

    /**
     * The entity of a payload that cannot be taken, from a place in it: the only one that the lines
     * name whose beginning is kept; null when there are several, or none that can be read.
     */
    @Nullable String entityId(byte[] payload, int from) {
      return EntityName.ofAll(payload, from, from + RawBytes.MAX, entityKey);
    }

    /** Bytes that are no UTF-8 become U+FFFD. */
    private static String text(byte[] bytes, int start, int end) {
      String text = new String(bytes, start, end - start, StandardCharsets.UTF_8);
      int at = 0;
      while (at < text.length() && isBeforeText(text.charAt(at))) {
        at++;
      }
      return text.substring(at);
    }

    /** A byte order mark, of which each of several parts may have one, and what is blank. */
    private static boolean isBeforeText(char c) {
      return c == BYTE_ORDER_MARK || (c <= ' ' && PayloadLines.blank((byte) c));
    }

    private Good good(String text) throws Unreadable {
      if (!text.startsWith("{")) { // which costs nothing, however many such lines there are
        throw new Unreadable("not a JSON object");
      }
      try (JsonParser parser = LineJson.parser(text)) {
        parser.nextToken();
        ObjectNode fields = (ObjectNode) LineTree.read(parser, MAX_DEPTH);
        if (parser.nextToken() != null) {
          throw new Unreadable(
              "more than one JSON value, the second"
                  + at(parser.currentTokenLocation().getColumnNr()));
        }
        return clean(fields);
      } catch (JsonProcessingException notJson) {
        throw new Unreadable(fault(notJson));
      } catch (IOException | RuntimeException | StackOverflowError bug) {
        // Whatever one line does to the parser, the lines around it go on.
        throw new Unreadable("not readable as JSON");
      }
    }

    private static String fault(JsonProcessingException notJson) {
      String what =
          notJson instanceof StreamConstraintsException
              ? "nested deeper than " + MAX_DEPTH + " levels"
              : notJson instanceof JsonEOFException
                  ? "not valid JSON, its end is missing"
                  : "not valid JSON";
      return notJson.getLocation() == null ? what : what + at(notJson.getLocation().getColumnNr());
    }

    private static String at(int column) {
      return " at column " + column;
    }

    private Good clean(ObjectNode fields) throws Unreadable {
      JsonNode entity = fields.get(entityKey);
      if (entity != null && !entity.isNull() && !entity.isTextual()) {
        throw new Unreadable(entityKey + " is not a string");
      }
      fields.remove("relative_time");
      JsonNode message = fields.get("message");
      FirmwarePrefix prefix = FirmwarePrefix.NONE;
      if (message != null) {
        Ansi plain = Ansi.strip(message.isTextual() ? message.textValue() : message.toString());
        fields.put("message", plain.text());
        if (!plain.sgr().isEmpty() && !fields.has(SGR)) {
          fields.put(SGR, plain.sgr());
        }
        prefix = FirmwarePrefix.of(plain.text());
        addLevelAndTag(fields, prefix);
      }
      String entityId = entity == null || entity.isNull() ? "" : entity.textValue();
      if (!entityKey.equals(ENTITY_ID)) {
        fields.remove(ENTITY_ID);
        if (!entityId.isEmpty()) {
          fields.put(ENTITY_ID, entityId);
        }
      }
      Severity.mark(fields, prefix.level());
      return new Good(fields, entityId.isEmpty() ? null : entityId);
    }

    private static void addLevelAndTag(ObjectNode fields, FirmwarePrefix prefix) {
      if (prefix.level() != null && !StoredLine.isSent(fields, "level")) {
        fields.put("level", prefix.level());
      }
      if (prefix.tag() != null && !StoredLine.isSent(fields, "tag")) {
        fields.put("tag", prefix.tag());
      }
    }
  }

  /** Why a line cannot be taken. Made without a stack: a message may have a million such lines. */
  final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String why) {
      super(why, null, false, false);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }
}
