package org.fleetcast.devices;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A device in the list of devices. */
public record DeviceSummary(
    int id,
    String key,
    int deviceModelId,
    boolean active,
    @Nullable String deviceName,
    @Nullable String deviceEntityId,
    @Nullable Boolean enableOta,
    RotationState rotationState,
    @Nullable Instant secretCreatedAt,
    @Nullable Instant lastCoredumpAt) {

  /** As a query selects it, in the stored state; there are no coredumps here. */
  public DeviceSummary(
      int id,
      String key,
      int deviceModelId,
      boolean active,
      @Nullable String deviceName,
      @Nullable String deviceEntityId,
      @Nullable Boolean enableOta,
      RotationState rotationState,
      @Nullable Instant secretCreatedAt) {
    this(
        id,
        key,
        deviceModelId,
        active,
        deviceName,
        deviceEntityId,
        enableOta,
        rotationState,
        secretCreatedAt,
        null);
  }

  /** The device with the state that is derived: PENDING when it is its turn. */
  DeviceSummary derived(RotationSlot turn) {
    return !turn.isOf(id)
        ? this
        : new DeviceSummary(
            id,
            key,
            deviceModelId,
            active,
            deviceName,
            deviceEntityId,
            enableOta,
            RotationState.PENDING,
            secretCreatedAt,
            lastCoredumpAt);
  }
}
