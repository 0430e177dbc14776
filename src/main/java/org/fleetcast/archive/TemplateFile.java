package org.fleetcast.archive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.fleetcast.sink.LineJson;

/**
 * A template for Elasticsearch, or a part of one, as it is packaged.
 *
 * @param json what Elasticsearch is sent
 */
record TemplateFile(String json) {
  /** The field that names the parts that need not be there. */
  static final String MAY_MISS = "ignore_missing_component_templates";

  static TemplateFile named(String name) {
    try (InputStream file =
        TemplateFile.class.getResourceAsStream("/elasticsearch/" + name + ".json")) {
      if (file == null) {
        throw new IllegalStateException("The index template is missing: " + name);
      }
      return new TemplateFile(LineJson.MAPPER.readTree(file).toString());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The same with a name in the place that is kept for it. */
  TemplateFile with(String place, String name) {
    return new TemplateFile(json.replace("${" + place + "}", name));
  }

  /**
   * The same for a data stream, before the one for daily indices where both cover its name.
   *
   * @param part one more, before the last one, which is the operator's
   */
  TemplateFile asStream(String part) {
    ObjectNode stream = tree();
    stream.putObject("data_stream");
    stream.put("priority", stream.path("priority").asInt() + 1);
    ArrayNode parts = stream.withArray("composed_of");
    parts.insert(parts.size() - 1, part);
    return new TemplateFile(stream.toString());
  }

  /** The fields that it maps, and how. */
  JsonNode mappings() {
    return tree().path("template").path("mappings");
  }

  /** The same without a part that need not be there. */
  TemplateFile without(String part) {
    ObjectNode others = tree();
    others.remove(MAY_MISS);
    ArrayNode kept = others.arrayNode();
    others.path("composed_of").forEach(name -> keep(name, part, kept));
    others.set("composed_of", kept);
    return new TemplateFile(others.toString());
  }

  private static void keep(JsonNode name, String part, ArrayNode kept) {
    if (!name.asText().equals(part)) {
      kept.add(name);
    }
  }

  private ObjectNode tree() {
    try {
      return (ObjectNode) LineJson.MAPPER.readTree(json);
    } catch (IOException impossible) {
      throw new UncheckedIOException("The index template is no JSON", impossible);
    }
  }
}
