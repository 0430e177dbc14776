package org.fleetcast.sink;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Finds out whose line it is that cannot be read as a whole. */
final class EntityName {
  /** A longer one is none that a device was registered with. */
  private static final int MAX_LENGTH = 500;

  private EntityName() {}

  /** The entity that a broken line names under that key; null when that cannot be read. */
  static @Nullable String in(String line, String key) {
    String found = untilItBreaks(line, key);
    return found == null ? after(line, '"' + key + '"') : found;
  }

  private static @Nullable String untilItBreaks(String line, String key) {
    try (JsonParser parser = LineJson.parser(line)) {
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        boolean named = depth == 1 && token == JsonToken.FIELD_NAME;
        if (named && key.equals(parser.currentName())) {
          return parser.nextToken() == JsonToken.VALUE_STRING ? usable(parser.getText()) : null;
        }
      }
      return null;
    } catch (IOException | RuntimeException brokenHere) {
      return null;
    }
  }

  /** The string that follows the first such key which a string follows. */
  private static @Nullable String after(String line, String key) {
    for (int at = line.indexOf(key); at >= 0; at = line.indexOf(key, at + key.length())) {
      int colon = afterBlanks(line, at + key.length());
      int quote = afterBlanks(line, colon + 1);
      if (quote < line.length() && line.charAt(colon) == ':' && line.charAt(quote) == '"') {
        int limit = Math.min(line.length(), quote + 2 + 6 * MAX_LENGTH);
        return string(line.substring(quote, limit));
      }
    }
    return null;
  }

  private static int afterBlanks(String line, int start) {
    int at = start;
    while (at < line.length() && line.charAt(at) <= ' ') {
      at++;
    }
    return at;
  }

  private static @Nullable String string(String json) {
    try (JsonParser parser = LineJson.parser(json)) {
      return parser.nextToken() == JsonToken.VALUE_STRING ? usable(parser.getText()) : null;
    } catch (IOException | RuntimeException unreadable) {
      return null;
    }
  }

  private static @Nullable String usable(String name) {
    return name.isEmpty() || name.length() > MAX_LENGTH ? null : LineJson.wellFormed(name);
  }
}
