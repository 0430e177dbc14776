package org.fleetcast.logs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers what each entity logged in the last hour, in memory, about two kilobytes for each. The
 * intake tells it of every line that is safe, once for a batch; entities of which nobody has heard
 * or asked for longest are forgotten first.
 */
@Singleton
public class Activity {
  static final int MAX_ENTITIES = 20_000;

  /** An entity with a longer id is looked up each time: devices make ids up as they like. */
  private static final int MAX_ID = 500;

  private final LinkedHashMap<String, Recent> byEntity = new LinkedHashMap<>(1_024, 0.75f, true);

  /** Lines up to this time were taken in, or came before the start. */
  private long until;

  @Inject
  public Activity(LogKeeper keeper) {
    this(keeper.journal().lastGiven());
  }

  Activity(long until) {
    this.until = until;
  }

  /** A line of an entity that was made safe. */
  record Seen(String entityId, Row line) {
    static Seen of(String entityId, Entry.Stamp stamp, ObjectNode fields) {
      String message = fields.path("message").asText();
      return new Seen(entityId, new Row(stamp.at(), stamp.id(), message, Row.level(fields)));
    }
  }

  /** Takes in a batch of lines, in their order. */
  synchronized void record(List<Seen> batch) {
    for (Seen seen : batch) {
      Recent recent = byEntity.get(seen.entityId);
      if (recent == null && seen.entityId.length() <= MAX_ID) {
        recent = new Recent(seen.line.at());
        byEntity.put(seen.entityId, recent);
        forgetEldest();
      }
      if (recent != null) {
        recent.add(seen.line);
      }
      until = seen.line.at();
    }
  }

  private void forgetEldest() {
    if (byEntity.size() > MAX_ENTITIES) {
      byEntity.remove(byEntity.keySet().iterator().next());
    }
  }

  /**
   * What is known of these entities. One that is new here begins now, and is kept if there is room.
   */
  synchronized Map<String, Recent> of(Collection<String> entityIds) {
    Map<String, Recent> found = new LinkedHashMap<>();
    for (String entityId : entityIds) {
      Recent recent = byEntity.get(entityId);
      if (recent == null) {
        recent = new Recent(until + 1);
        if (byEntity.size() < MAX_ENTITIES && entityId.length() <= MAX_ID) {
          byEntity.put(entityId, recent);
        }
      }
      found.put(entityId, recent);
    }
    return found;
  }
}
