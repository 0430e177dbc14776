package org.fleetcast.sink;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Builds the tree of a JSON value: without recursion, so that no depth ends the thread, and with
 * numbers as they were written.
 */
final class LineTree extends StdDeserializer<ObjectNode> {
  private static final long serialVersionUID = 1L;
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  LineTree() {
    super(ObjectNode.class);
  }

  @Override
  public ObjectNode deserialize(JsonParser parser, DeserializationContext context)
      throws IOException {
    if (read(parser, Integer.MAX_VALUE) instanceof ObjectNode object) {
      return object;
    }
    throw MismatchedInputException.from(parser, ObjectNode.class, "not a JSON object");
  }

  /**
   * The value that begins with the parser's current token; afterwards the parser is at its last.
   *
   * @throws StreamConstraintsException when it nests deeper than that
   */
  static JsonNode read(JsonParser parser, int maxDepth) throws IOException {
    Deque<ContainerNode<?>> open = new ArrayDeque<>();
    String name = "";
    JsonToken token = parser.currentToken();
    while (true) {
      if (token == JsonToken.FIELD_NAME) {
        name = LineJson.wellFormed(parser.currentName());
      } else if (token == JsonToken.END_OBJECT || token == JsonToken.END_ARRAY) {
        ContainerNode<?> done = open.pop();
        if (open.isEmpty()) {
          return done;
        }
      } else {
        JsonNode node = node(parser, token);
        if (!open.isEmpty()) {
          add(open.getFirst(), name, node);
        }
        if (node instanceof ContainerNode<?> container) {
          open.push(container);
        } else if (open.isEmpty()) {
          return node;
        }
        if (open.size() > maxDepth) {
          throw new StreamConstraintsException("nested too deep", parser.currentLocation());
        }
      }
      token = parser.nextToken();
    }
  }

  private static void add(ContainerNode<?> container, String name, JsonNode node) {
    if (container instanceof ObjectNode object) {
      object.set(name, node);
    } else {
      ((ArrayNode) container).add(node);
    }
  }

  private static JsonNode node(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> NODES.objectNode();
      case START_ARRAY -> NODES.arrayNode();
      case VALUE_STRING -> NODES.textNode(LineJson.wellFormed(parser.getText()));
      case VALUE_NUMBER_INT -> new NumberText(parser.getText(), true);
      case VALUE_NUMBER_FLOAT -> new NumberText(parser.getText(), false);
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> throw MismatchedInputException.from(parser, JsonNode.class, "not a JSON value");
    };
  }
}
