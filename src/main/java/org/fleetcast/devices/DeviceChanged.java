package org.fleetcast.devices;

import org.jspecify.annotations.Nullable;

/**
 * A device was made, changed or deleted; fired within the transaction, to be observed after its
 * success. An entity id that is null or empty in the config is null here.
 */
public record DeviceChanged(
    int deviceId,
    int modelId,
    @Nullable String entityIdBefore,
    @Nullable String entityIdNow,
    boolean deleted) {}
