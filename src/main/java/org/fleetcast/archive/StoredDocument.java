package org.fleetcast.archive;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LineJson;
import org.jspecify.annotations.Nullable;

/**
 * A line in the form in which Elasticsearch takes it.
 *
 * <p>Its fields are as the device sent them, but for those that Elasticsearch refuses: names that
 * it does not have, and fields that a search needs in another shape or too long. They are the JSON
 * text of one more field, which nobody indexes, and {@link #read} puts them back in their places.
 */
public record StoredDocument(String index, String id, byte[] json) {
  /** JSON text in pieces, each so short that it can be a keyword under anybody's mapping. */
  public static final String OTHER_FIELDS = "fleetcast_other_fields";

  /** A keyword of that many UTF-16 units has less than the 32,766 bytes at which a term ends. */
  static final int MAX_TEXT = 8_191;

  private static final String MESSAGE = "message";
  private static final Set<String> BARE = Set.of("id", "@timestamp", "entity_id");
  private static final Set<String> MAPPED =
      Set.of(
          "id",
          "@timestamp",
          "entity_id",
          "level",
          "severity_letter",
          "tag",
          MESSAGE,
          OTHER_FIELDS);
  private static final Pattern DOT = Pattern.compile(".", Pattern.LITERAL);

  /** Which fields stay in their places; under a foreign mapping fewer may have to. */
  public enum Form {
    /** All that Elasticsearch takes under our mapping. */
    WHOLE,
    /** What dashboards read, with a message of bounded length. */
    CORE,
    /** What a search by text needs. */
    TEXT,
    /** What a search by time needs. */
    BARE;

    /** The next safer form; null when there is none. */
    public @Nullable Form safer() {
      return this == BARE ? null : values()[ordinal() + 1];
    }

    private boolean has(String name) {
      return switch (this) {
        case WHOLE -> true;
        case CORE -> MAPPED.contains(name);
        case TEXT -> StoredDocument.BARE.contains(name) || name.equals(MESSAGE);
        case BARE -> StoredDocument.BARE.contains(name);
      };
    }
  }

  public static StoredDocument of(JournalLine entry, Form form, IndexNames names) {
    byte[] json = entry.kind() == JournalLine.Kind.LINE ? formed(entry.json(), form) : entry.json();
    return new StoredDocument(names.of(entry), entry.id(), json);
  }

  /** A document as it was stored, with every field back under its own name. */
  public static ObjectNode read(ObjectNode source) {
    JsonNode held = source.get(OTHER_FIELDS);
    if (held == null) {
      return source;
    }
    StringBuilder text = new StringBuilder(held.asText());
    held.forEach(piece -> text.append(piece.asText()));
    try {
      ObjectNode others = LineJson.MAPPER.readValue(text.toString(), ObjectNode.class);
      source.remove(OTHER_FIELDS);
      source.setAll(others);
    } catch (JsonProcessingException notOurs) {
      return source; // somebody else's field of that name stays as it is
    }
    return source;
  }

  /** The bytes as they are when every field can stay, which is so for nearly every line. */
  private static byte[] formed(byte[] json, Form form) {
    Members kept = new Members(json);
    Members moved = new Members(json);
    try (JsonParser in = LineJson.parser(json)) {
      in.nextToken();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        int start = (int) in.currentTokenLocation().getByteOffset();
        String name = in.currentName();
        JsonToken value = in.nextToken();
        boolean stays = form.has(name) && !refused(name) && fits(name, value, in);
        String cut = stays && form != Form.WHOLE && name.equals(MESSAGE) ? cut(in) : null;
        in.skipChildren();
        in.finishToken();
        int end = (int) in.currentLocation().getByteOffset();
        if (cut != null) {
          kept.add("\"message\":" + TextNode.valueOf(cut));
        }
        (stays && cut == null ? kept : moved).add(start, end);
      }
    } catch (IOException notJson) {
      return json; // the journal holds only JSON that we wrote; Elasticsearch will say what it is
    }
    if (moved.isEmpty()) {
      return json;
    }
    kept.add("\"" + OTHER_FIELDS + "\":" + pieces(moved.object()));
    return kept.object().getBytes(StandardCharsets.UTF_8);
  }

  /** Names that Elasticsearch does not have, or that lie below a field of ours. */
  private static boolean refused(String name) {
    if (name.startsWith("_") || name.isBlank() || name.equals(OTHER_FIELDS)) {
      return true;
    }
    if (name.indexOf('.') < 0) {
      return false;
    }
    String[] parts = DOT.split(name, -1);
    for (String part : parts) {
      if (part.isBlank()) {
        return true;
      }
    }
    return MAPPED.contains(parts[0]);
  }

  private static boolean fits(String name, JsonToken value, JsonParser in) throws IOException {
    if (!MAPPED.contains(name)) {
      return true;
    }
    if (name.equals(MESSAGE)) {
      return value == JsonToken.VALUE_STRING;
    }
    return value.isScalarValue()
        && (value != JsonToken.VALUE_STRING || in.getTextLength() <= MAX_TEXT);
  }

  /** The beginning of a text that is too long; null when it is not. */
  private static @Nullable String cut(JsonParser in) throws IOException {
    return in.getTextLength() <= MAX_TEXT ? null : in.getText().substring(0, end(in.getText(), 0));
  }

  private static String pieces(String text) {
    ArrayNode pieces = JsonNodeFactory.instance.arrayNode();
    for (int from = 0; from < text.length(); ) {
      int to = end(text, from);
      pieces.add(text.substring(from, to));
      from = to;
    }
    return pieces.size() == 1 ? pieces.get(0).toString() : pieces.toString();
  }

  /** Where a piece ends that begins there: never within a surrogate pair. */
  private static int end(String text, int from) {
    int to = Math.min(text.length(), from + MAX_TEXT);
    return to < text.length() && Character.isHighSurrogate(text.charAt(to - 1)) ? to - 1 : to;
  }

  /** Members of a JSON object, each to the letter as it stands in another. */
  private static final class Members {
    private final byte[] json;
    private final List<Member> members = new ArrayList<>();

    Members(byte[] json) {
      this.json = json;
    }

    void add(int start, int end) {
      members.add(new Member(start, end, null));
    }

    void add(String made) {
      members.add(new Member(0, 0, made));
    }

    boolean isEmpty() {
      return members.isEmpty();
    }

    String object() {
      return members.stream().map(this::text).collect(Collectors.joining(",", "{", "}"));
    }

    private String text(Member member) {
      return member.made == null
          ? new String(json, member.start, member.end - member.start, StandardCharsets.UTF_8)
          : member.made;
    }

    /** A name and a value: a part of the bytes, or made here. */
    private record Member(int start, int end, @Nullable String made) {}
  }
}
