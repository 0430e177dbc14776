package org.fleetcast.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Collectors;
import org.fleetcast.live.LogLevel;
import org.jspecify.annotations.Nullable;

/**
 * Which lines are wanted.
 *
 * @param device of which device; null for the whole fleet
 * @param level that one or a worse one; null for any
 * @param contains what the message contains, whatever the case; null for any
 * @param fields {@code name:value} of which it has one for each name; empty for any
 * @param withoutFields {@code name:value} of which it has none
 */
record Selection(
    @Nullable Integer device,
    @Nullable LogLevel level,
    @Nullable String contains,
    List<String> fields,
    List<String> withoutFields) {

  /** The query for them, without its range. */
  String history() {
    String path = device == null ? "/api/logs" : "/api/devices/" + device + "/logs";
    return path
        + "?fields=*"
        + (level == null ? "" : "&level=" + level)
        + (contains == null ? "" : "&contains=" + Http.encoded(contains))
        + all("&field=", fields)
        + all("&without_field=", withoutFields);
  }

  private static String all(String parameter, List<String> values) {
    return values.stream()
        .map(value -> parameter + Http.encoded(value))
        .collect(Collectors.joining());
  }

  /**
   * The subscription for them.
   *
   * @param after the event after which they are wanted; null for from now on
   * @param tail how many of the lines before; without an event alone
   */
  ObjectNode subscription(String requestId, @Nullable String after, int tail) {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("request_id", requestId);
    if (device == null) {
      body.put("fleet", true);
    } else {
      body.put("device_id", device);
    }
    ObjectNode filter =
        body.putObject("filter")
            .put("level", level == null ? null : level.name())
            .put("contains", contains);
    fields.forEach(filter.putArray("field")::add);
    withoutFields.forEach(filter.putArray("without_field")::add);
    return after == null ? body.put("tail", tail) : body.put("after", after);
  }
}
