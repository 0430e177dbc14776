package org.fleetcast.sink;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** A line of an entity that was made safe. */
public record EntityLine(String entityId, Row line) {
  public static EntityLine of(String entityId, Entry.Stamp stamp, ObjectNode fields) {
    String message = fields.path("message").asText();
    return new EntityLine(entityId, new Row(stamp.at(), stamp.id(), message, Row.level(fields)));
  }
}
