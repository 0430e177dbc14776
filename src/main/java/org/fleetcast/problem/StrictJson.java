package org.fleetcast.problem;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the text of a request body: one JSON object, in which no name stands twice. */
final class StrictJson {
  private StrictJson() {}

  /**
   * Reads the object.
   *
   * @throws Problem 400 when it is none, or when the parser refuses it for whatever reason: its
   *     limits of depth and digits are runtime exceptions of several types
   */
  static JsonObject object(String text) {
    String twice;
    JsonValue value;
    try {
      twice = nameGivenTwice(text); // to the end: a reader would not see what follows the object
      value = value(text);
    } catch (RuntimeException | StackOverflowError refused) {
      throw Problem.invalidBody("is not valid JSON");
    }
    if (twice != null) {
      throw Problem.invalid(twice, "is there more than once");
    }
    if (value instanceof JsonObject object) {
      return object;
    }
    throw Problem.invalidBody("must be a JSON object");
  }

  private static JsonValue value(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return reader.readValue();
    }
  }

  private static @Nullable String nameGivenTwice(String text) {
    Deque<Set<String>> open = new ArrayDeque<>();
    String twice = null;
    try (JsonParser parser = Json.createParser(new StringReader(text))) {
      while (parser.hasNext()) {
        switch (parser.next()) {
          case START_OBJECT -> open.push(new HashSet<>());
          case END_OBJECT -> open.pop();
          case KEY_NAME -> {
            String name = parser.getString();
            if (!open.element().add(name) && twice == null) {
              twice = name;
            }
          }
          default -> {
            // values have no names
          }
        }
      }
      return twice;
    }
  }
}
