package org.fleetcast.sink;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** A line of an entity that was made safe. */
public record EntityLine(String entityId, StoredLine line) {
  public static EntityLine of(String entityId, JournalLine.Stamp stamp, ObjectNode fields) {
    String message = fields.path("message").asText();
    return new EntityLine(
        entityId, new StoredLine(stamp.at(), stamp.id(), message, StoredLine.level(fields)));
  }
}
