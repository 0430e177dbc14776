package org.fleetcast.sink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.fleetcast.live.LineFields;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a line's JSON. Of an array each element is a value of its field; a string is its
 * text, and a number, true, false or null what was sent. An object is no value, but those in it
 * are, by their names after its own and a dot.
 */
public final class SentFields implements LineFields {
  private final byte[] json;
  private @Nullable ObjectNode read;

  private SentFields(byte[] json) {
    this.json = json;
  }

  /** Read when the first is asked for: most filters ask for none. */
  static LineFields of(byte[] json) {
    return new SentFields(json);
  }

  /**
   * Those of a stored document, to which belong the level and the tag that its message alone says.
   */
  public static LineFields of(ObjectNode source, StoredLine row) {
    return (name, value) ->
        has(source, name, value)
            || (name.equals("level") && isOnlyIn(row.level(), source, name, value))
            || (name.equals("tag") && isOnlyIn(row.tag(), source, name, value));
  }

  private static boolean isOnlyIn(
      @Nullable String row, ObjectNode source, String name, String value) {
    return value.equals(row) && !source.hasNonNull(name);
  }

  @Override
  public boolean has(String name, String value) {
    return has(tree(), name, value);
  }

  private ObjectNode tree() {
    ObjectNode known = read;
    if (known == null) {
      try {
        known = LineJson.read(json);
      } catch (IOException unreadable) {
        known = JsonNodeFactory.instance.objectNode(); // not what we write: it has no fields
      }
      read = known;
    }
    return known;
  }

  /** Comes to each value at most once, since one way alone leads there. */
  private static boolean has(JsonNode object, String name, String value) {
    JsonNode own = object.get(name);
    if (own != null && is(own, value)) {
      return true;
    }
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      JsonNode outer = object.get(name.substring(0, dot));
      if (outer != null && leadsTo(outer, name.substring(dot + 1), value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean leadsTo(JsonNode outer, String name, String value) {
    if (outer.isObject()) {
      return has(outer, name, value);
    }
    for (JsonNode element : outer) { // there are none but in an array
      if (leadsTo(element, name, value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean is(JsonNode node, String value) {
    if (node.isValueNode()) {
      return node.asText().equals(value);
    }
    if (node.isArray()) {
      for (JsonNode element : node) {
        if (is(element, value)) {
          return true;
        }
      }
    }
    return false;
  }
}
