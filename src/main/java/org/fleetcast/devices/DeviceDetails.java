package org.fleetcast.devices;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Everything that is answered about one device. */
public record DeviceDetails(
    int id,
    String key,
    int deviceModelId,
    Model deviceModel,
    boolean active,
    String config,
    @Nullable String deviceName,
    @Nullable String deviceEntityId,
    @Nullable Boolean enableOta,
    RotationState rotationState,
    String clientId,
    @Nullable Instant secretCreatedAt,
    @Nullable Instant lastRotationAttemptAt,
    @Nullable Instant lastRotationCompletedAt,
    Instant createdAt,
    Instant updatedAt) {

  /** A device's model in short; there are no firmware uploads, so the version is null. */
  public record Model(int id, String code, String name, @Nullable String firmwareVersion) {}

  static DeviceDetails of(Device device, RotationSlot turn) {
    DeviceModel model = device.model();
    Credential credential = device.credential(turn);
    return new DeviceDetails(
        device.id(),
        device.key(),
        model.id(),
        new Model(model.id(), model.code(), model.name(), null),
        device.active(),
        device.config(),
        device.deviceName(),
        device.deviceEntityId(),
        device.enableOta(),
        credential.state(),
        device.clientId(),
        credential.secretCreatedAt(),
        credential.lastAttemptAt(),
        credential.lastCompletedAt(),
        device.createdAt(),
        device.updatedAt());
  }
}
