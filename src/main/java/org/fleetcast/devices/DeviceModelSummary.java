package org.fleetcast.devices;

import org.jspecify.annotations.Nullable;

/** A model in the list of models. */
public record DeviceModelSummary(
    int id,
    String code,
    String name,
    @Nullable String firmwareVersion,
    boolean hasConfigSchema,
    long deviceCount) {

  static DeviceModelSummary of(DeviceModel model, long devices) {
    return new DeviceModelSummary(
        model.id(), model.code(), model.name(), null, model.configSchema().isPresent(), devices);
  }
}
