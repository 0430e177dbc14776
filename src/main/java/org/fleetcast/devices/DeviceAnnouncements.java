package org.fleetcast.devices;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.persistence.EntityManager;
import java.io.StringReader;
import org.fleetcast.cluster.Announcements;
import org.jspecify.annotations.Nullable;

/** Tells other replicas of each change of a device, and hears of theirs. */
@Singleton
class DeviceAnnouncements {
  private static final String KIND = "device";

  /** What is longer may not fit: then it is only said that something changed. */
  private static final int MAX = 2_000;

  private static final String SOME = "{}";

  private final Announcements announcements;
  private final EntityManager entities; // lives within a transaction only
  private final Event<DeviceChangedElsewhere> changed;

  @Inject
  DeviceAnnouncements(
      Announcements announcements, EntityManager entities, Event<DeviceChangedElsewhere> changed) {
    this.announcements = announcements;
    this.entities = entities;
    this.changed = changed;
  }

  void atStart(@Observes @Priority(2_000) Startup startup) {
    announcements.listen(KIND, said -> changed.fire(new DeviceChangedElsewhere(change(said))));
    announcements.whenMissed(() -> changed.fire(new DeviceChangedElsewhere(null)));
  }

  /** Within its transaction: it is said with the commit. */
  void announce(@Observes DeviceChanged change) {
    if (announcements.isOn()) {
      String text = text(change);
      Object said =
          entities
              .createNativeQuery(announcements.statement())
              .setParameter(1, announcements.parameter(KIND, text.length() > MAX ? SOME : text))
              .getSingleResult();
      assert said != null;
    }
  }

  private static String text(DeviceChanged change) {
    return Json.createObjectBuilder()
        .add("device", change.deviceId())
        .add("model", change.modelId())
        .add("before", value(change.entityIdBefore()))
        .add("now", value(change.entityIdNow()))
        .add("deleted", change.deleted())
        .build()
        .toString();
  }

  private static JsonValue value(@Nullable String text) {
    return text == null ? JsonValue.NULL : Json.createValue(text);
  }

  private static @Nullable DeviceChanged change(String said) {
    try (JsonReader reader = Json.createReader(new StringReader(said))) {
      JsonObject change = reader.readObject();
      return change.isEmpty()
          ? null
          : new DeviceChanged(
              change.getInt("device"),
              change.getInt("model"),
              change.isNull("before") ? null : change.getString("before"),
              change.isNull("now") ? null : change.getString("now"),
              change.getBoolean("deleted"));
    }
  }
}
