package org.fleetcast.rotation;

import java.time.Duration;
import java.time.Instant;
import org.fleetcast.devices.RotationSlot;
import org.fleetcast.devices.RotationState;
import org.jspecify.annotations.Nullable;

/** Where one device stands in the rotation. */
public record DeviceRotation(
    int id,
    String key,
    @Nullable String deviceName,
    String deviceModelCode,
    boolean active,
    RotationState rotationState,
    @Nullable Instant lastRotationCompletedAt,
    @Nullable Long daysSinceRotation) {

  /** As a query selects it, in the stored state. */
  public DeviceRotation(
      int id,
      String key,
      @Nullable String deviceName,
      String deviceModelCode,
      boolean active,
      RotationState rotationState,
      @Nullable Instant lastRotationCompletedAt) {
    this(
        id, key, deviceName, deviceModelCode, active, rotationState, lastRotationCompletedAt, null);
  }

  /** With the state that is derived from whose turn it is, and the days since the last rotation. */
  DeviceRotation at(Instant now, RotationSlot turn) {
    return new DeviceRotation(
        id,
        key,
        deviceName,
        deviceModelCode,
        active,
        turn.isOf(id) ? RotationState.PENDING : rotationState,
        lastRotationCompletedAt,
        lastRotationCompletedAt == null
            ? null
            : Duration.between(lastRotationCompletedAt, now).toDays());
  }
}
