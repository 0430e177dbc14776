package org.fleetcast.canary;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the lines of one canary say: its name, which no other has, and their number.
 *
 * @param name of letters and digits
 */
record CanaryLine(String name) {
  private static final Pattern MESSAGE = Pattern.compile("canary (\\w+) line (\\d{1,18})");

  /** The message of a line. */
  String message(long number) {
    return "canary " + name + " line " + number;
  }

  /**
   * All of it, as a device would publish it.
   *
   * @param entityKey the field that names the entity
   */
  String json(String entityKey, String entityId, long number) {
    return JsonNodeFactory.instance
        .objectNode()
        .put(entityKey, entityId)
        .put("level", "D")
        .put("tag", "canary")
        .put("message", message(number))
        .toString();
  }

  /** The number of a line of this canary; none when it is of another. */
  OptionalLong number(String message) {
    Matcher found = MESSAGE.matcher(message);
    return found.matches() && found.group(1).equals(name)
        ? OptionalLong.of(Long.parseLong(found.group(2)))
        : OptionalLong.empty();
  }
}
