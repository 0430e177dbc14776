package org.fleetcast;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A document with JSON schemas, such as OpenAPI and AsyncAPI, and whether a value fits one of them.
 * What a schema of an object does not name is a fault, unless the schema allows it in so many
 * words: a document is complete or wrong.
 */
public final class SchemaDocument {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
  private static final SchemaValidatorsConfig WITH_FORMATS =
      SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();

  private final JsonNode root;
  private final JsonNode components;
  private final Map<JsonNode, JsonSchema> compiled = new ConcurrentHashMap<>();

  private SchemaDocument(JsonNode root) {
    this.root = root;
    this.components = closed(root.path("components"));
  }

  /** Reads a file in YAML. */
  public static SchemaDocument ofYaml(Path file) {
    try {
      return new SchemaDocument(YAML.readTree(Files.readString(file)));
    } catch (IOException broken) {
      throw new UncheckedIOException(file + " cannot be read", broken);
    }
  }

  /** Reads what a server sent as JSON. */
  public static SchemaDocument ofJson(String text) {
    return new SchemaDocument(json(text));
  }

  /** A value from its text. */
  public static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException malformed) {
      throw new IllegalArgumentException("This is no JSON: " + text, malformed);
    }
  }

  /** An object without fields. */
  public static ObjectNode object() {
    return JSON.createObjectNode();
  }

  public JsonNode root() {
    return root;
  }

  /** The schema of that name. */
  public JsonNode schema(String name) {
    return resolved(object().put("$ref", "#/components/schemas/" + name));
  }

  /** What a node stands for: itself, or what it refers to in this document. */
  public JsonNode resolved(JsonNode node) {
    String reference = node.path("$ref").asText();
    if (reference.isEmpty()) {
      return node;
    }
    JsonNode target = root.at(reference.substring(1));
    if (target.isMissingNode()) {
      throw new IllegalArgumentException("There is no " + reference);
    }
    return resolved(target);
  }

  /** What is wrong with a value by a schema of this document; nothing when it fits. */
  public List<String> faults(JsonNode schema, JsonNode value) {
    return compiled.computeIfAbsent(schema, this::compile).validate(value).stream()
        .map(ValidationMessage::getMessage)
        .toList();
  }

  private JsonSchema compile(JsonNode schema) {
    ObjectNode whole = (ObjectNode) closed(schema);
    whole.set("components", components);
    return FACTORY.getSchema(whole, WITH_FORMATS);
  }

  private static JsonNode closed(JsonNode node) {
    JsonNode copy = node.deepCopy();
    close(copy);
    return copy;
  }

  private static void close(JsonNode node) {
    if (node instanceof ObjectNode object
        && object.path("properties").isObject()
        && object.path("type").asText().equals("object")
        && !object.has("additionalProperties")) {
      object.put("additionalProperties", false);
    }
    node.forEach(SchemaDocument::close);
  }
}
