package org.fleetcast.logs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A line that a device sent: either a log line, cleaned, or one that cannot be taken, with why. */
sealed interface LogLine {
  /**
   * A log line without its time and id.
   *
   * @param fields what will be stored and shown
   * @param entityId the entity it belongs to; null when it names none
   */
  record Good(ObjectNode fields, @Nullable String entityId) implements LogLine {}

  /** A line for the dead-letter index: its bytes as they came, and why it cannot be taken. */
  record Bad(byte[] raw, String reason) implements LogLine {}

  /**
   * Reads payloads. Pure; the two settings are all it knows.
   *
   * <p>In what is stored and shown, {@code entity_id} always names the entity. Where another key
   * names it, a field {@code entity_id} of the device's own is replaced, or removed when the line
   * names no entity: history would show the line under that entity, and the stream would not.
   */
  final class Reader {
    private static final int MAX_DEPTH = 500;
    private static final String ENTITY_ID = "entity_id";

    /** The colours that were stripped from the message, unless the device sent such a field. */
    private static final String SGR = "sgr";

    private static final ObjectMapper JSON =
        JsonMapper.builder(
                com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();
    private static final Pattern ESP_IDF =
        Pattern.compile("([EWIDV]) \\(([0-9:.]+)\\) ([^:\\s][^:]*): .*", Pattern.DOTALL);

    private final String entityKey;
    private final int maxBytes;

    /**
     * @param entityKey the field that names the entity
     * @param maxBytes the size over which a line is not taken
     */
    Reader(String entityKey, int maxBytes) {
      this.entityKey = entityKey;
      this.maxBytes = maxBytes;
    }

    /** The lines of a payload, in order; only LF and CRLF end a line, blank ones are skipped. */
    List<LogLine> read(byte[] payload) {
      List<LogLine> lines = new ArrayList<>();
      int start = 0;
      for (int at = 0; at <= payload.length; at++) {
        if (at == payload.length || payload[at] == '\n') {
          int end = at > start && payload[at - 1] == '\r' ? at - 1 : at;
          if (!blank(payload, start, end)) {
            lines.add(line(Arrays.copyOfRange(payload, start, end)));
          }
          start = at + 1;
        }
      }
      return lines;
    }

    private static boolean blank(byte[] payload, int start, int end) {
      for (int at = start; at < end; at++) {
        if (payload[at] != ' ' && payload[at] != '\t' && payload[at] != '\r') {
          return false;
        }
      }
      return true;
    }

    private LogLine line(byte[] raw) {
      if (raw.length > maxBytes) {
        return new Bad(raw, "larger than " + maxBytes + " bytes");
      }
      try {
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
        return JSON.readTree(text) instanceof ObjectNode fields
            ? clean(raw, fields)
            : new Bad(raw, "not a JSON object");
      } catch (CharacterCodingException notUtf8) {
        return new Bad(raw, "not UTF-8");
      } catch (StreamConstraintsException tooMuch) {
        return new Bad(raw, "nested too deep, or a number or name too long");
      } catch (JsonProcessingException notJson) {
        return new Bad(raw, "not valid JSON");
      } catch (RuntimeException unreadable) {
        // The parser has such ends too, for one a number whose exponent is beyond an int: whatever
        // one line does to it, the lines around that line go on.
        return new Bad(raw, "not readable as JSON");
      }
    }

    private LogLine clean(byte[] raw, ObjectNode fields) {
      JsonNode entity = fields.get(entityKey);
      if (entity != null && !entity.isNull() && !entity.isTextual()) {
        return new Bad(raw, entityKey + " is not a string");
      }
      fields.remove("relative_time");
      JsonNode message = fields.get("message");
      if (message != null) {
        Ansi plain = Ansi.strip(message.isTextual() ? message.textValue() : message.toString());
        fields.put("message", plain.text());
        if (!plain.sgr().isEmpty() && !fields.has(SGR)) {
          fields.put(SGR, plain.sgr());
        }
        addLevelAndTag(fields, plain.text());
      }
      String entityId = entity == null || entity.isNull() ? "" : entity.textValue();
      if (!entityKey.equals(ENTITY_ID)) {
        fields.remove(ENTITY_ID);
        if (!entityId.isEmpty()) {
          fields.put(ENTITY_ID, entityId);
        }
      }
      return new Good(fields, entityId.isEmpty() ? null : entityId);
    }

    private static void addLevelAndTag(ObjectNode fields, String message) {
      Matcher firmware = ESP_IDF.matcher(message);
      if (firmware.matches()) {
        if (!fields.hasNonNull("level")) {
          fields.put("level", firmware.group(1));
        }
        if (!fields.hasNonNull("tag")) {
          fields.put("tag", firmware.group(3));
        }
      }
    }
  }
}
