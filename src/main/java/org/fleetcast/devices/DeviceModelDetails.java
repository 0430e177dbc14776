package org.fleetcast.devices;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Everything that is answered about one model. */
public record DeviceModelDetails(
    int id,
    String code,
    String name,
    @Nullable String firmwareVersion,
    boolean hasConfigSchema,
    long deviceCount,
    @Nullable String configSchema,
    Instant createdAt,
    Instant updatedAt) {

  static DeviceModelDetails of(DeviceModel model, long devices) {
    return new DeviceModelDetails(
        model.id(),
        model.code(),
        model.name(),
        null,
        model.configSchema().isPresent(),
        devices,
        model.configSchema().orElse(null),
        model.createdAt(),
        model.updatedAt());
  }
}
