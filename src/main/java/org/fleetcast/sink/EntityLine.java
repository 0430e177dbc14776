package org.fleetcast.sink;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** A line of an entity that was made safe. */
public record EntityLine(String entityId, StoredLine line) {
  /** Null for a line that no entity's followers see. */
  static @Nullable EntityLine of(JournalLine line) {
    String entityId = line.entityId();
    return entityId == null || line.kind() != JournalLine.Kind.LINE
        ? null
        : new EntityLine(entityId, StoredLine.of(line));
  }

  public static EntityLine of(String entityId, JournalLine.Stamp stamp, ObjectNode fields) {
    String message = fields.path("message").asText();
    return new EntityLine(
        entityId, new StoredLine(stamp.at(), stamp.id(), message, StoredLine.level(fields)));
  }
}
