package org.fleetcast.devices;

import org.jspecify.annotations.Nullable;

/** A device and the entity by which its log lines name it; null, never empty, when it has none. */
public record DeviceEntity(int deviceId, @Nullable String entityId) {
  public DeviceEntity {
    entityId = entityId == null || entityId.isEmpty() ? null : entityId;
  }
}
