package org.fleetcast.sink;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whose line it is that cannot be read as a whole. Reads the bytes once, in the place
 * where they are, whatever they are and however many: a parser would stop where they break.
 */
final class EntityName {
  /** A longer one is none that a device was registered with. */
  private static final int MAX_LENGTH = 500;

  private final byte[] bytes;
  private final int start;
  private final int end;
  private final byte[] key;

  /** Where the value begins that the object has under the key; -1 for none. */
  private int value = -1;

  private EntityName(byte[] bytes, int start, int end, String key) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.key = ('"' + key + '"').getBytes(StandardCharsets.UTF_8);
  }

  /** The entity that a broken line names under that key; null when that cannot be read. */
  static @Nullable String in(byte[] bytes, int start, int end, String key) {
    EntityName line = new EntityName(bytes, start, end, key);
    line.readObject();
    if (line.value >= 0) {
      return line.string(line.value);
    }
    String named = line.firstNamed();
    return named == null ? line.firstNamedOtherwise() : named;
  }

  /**
   * The only entity that the lines of a payload name; null when there are several, or none.
   *
   * @param start where the first of them begins that is looked at
   * @param before where the last one begins at the latest
   */
  static @Nullable String ofAll(byte[] payload, int start, int before, String key) {
    String only = null;
    int end;
    for (int at = start; at < Math.min(before, payload.length); at = end + 1) {
      end = at;
      while (end < payload.length && payload[end] != '\n') {
        end++;
      }
      String name = in(payload, at, end, key);
      if (only != null && name != null && !name.equals(only)) {
        return null;
      }
      only = name == null ? only : name;
    }
    return only;
  }

  /** Of a member that the object has several times the last counts, as in a line that is taken. */
  private void readObject() {
    int depth = 0;
    for (int at = start; at < end; at++) {
      byte b = bytes[at];
      if (b == '"') {
        if (depth == 1 && isKey(at)) {
          value = value(at + key.length, value);
        }
        at = endOfString(at);
      } else if (b == '{' || b == '[') {
        depth++;
      } else if (b == '}' || b == ']') {
        depth--;
        if (depth <= 0) {
          return; // what follows is no part of it
        }
      }
    }
  }

  /** Where the value behind a key begins; the other place where no value is. */
  private int value(int afterKey, int otherwise) {
    int colon = afterBlanks(afterKey);
    return colon < end && bytes[colon] == ':' ? afterBlanks(colon + 1) : otherwise;
  }

  /** The string that follows the first such key which a string follows, wherever that is. */
  private @Nullable String firstNamed() {
    for (int at = start; at < end; at++) {
      if (bytes[at] == '"' && isKey(at)) {
        int named = value(at + key.length, end);
        if (named < end && bytes[named] == '"') {
          return string(named);
        }
      }
    }
    return null;
  }

  /** The same where the key has no quotes or single ones, as some scripts print their objects. */
  private @Nullable String firstNamedOtherwise() {
    int length = key.length - 2;
    for (int at = start + 1; at + length < end; at++) {
      byte before = bytes[at - 1];
      int behind = at + length;
      if (Arrays.equals(bytes, at, behind, key, 1, 1 + length)
          && (before == '\'' ? bytes[behind] == '\'' : isBetweenWords(before))) {
        int named = value(before == '\'' ? behind + 1 : behind, end);
        if (named < end && bytes[named] == '"') {
          return string(named);
        }
        if (named < end && bytes[named] == '\'') {
          return singleQuoted(named + 1);
        }
      }
    }
    return null;
  }

  private static boolean isBetweenWords(byte b) {
    return b == '{' || b == ',' || (b >= 0 && b <= ' ');
  }

  private @Nullable String singleQuoted(int from) {
    int to = from;
    while (to < end && to - from <= MAX_LENGTH && bytes[to] != '\'' && bytes[to] != '\\') {
      to++;
    }
    boolean closed = to < end && bytes[to] == '\'';
    return closed ? usable(new String(bytes, from, to - from, StandardCharsets.UTF_8)) : null;
  }

  private boolean isKey(int at) {
    int behind = at + key.length;
    return behind <= end && Arrays.equals(bytes, at, behind, key, 0, key.length);
  }

  private int endOfString(int quote) {
    int at = quote + 1;
    while (at < end && bytes[at] != '"') {
      at += bytes[at] == '\\' ? 2 : 1;
    }
    return at;
  }

  private int afterBlanks(int from) {
    int at = from;
    while (at < end && bytes[at] >= 0 && bytes[at] <= ' ') {
      at++;
    }
    return at;
  }

  /** The string that begins there, if it is the name of an entity; null when it is not. */
  private @Nullable String string(int quote) {
    int limit = Math.min(end, quote + 2 + 6 * MAX_LENGTH);
    String json = new String(bytes, quote, limit - quote, StandardCharsets.UTF_8);
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
