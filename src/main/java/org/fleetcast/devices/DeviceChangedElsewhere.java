package org.fleetcast.devices;

import org.jspecify.annotations.Nullable;

/**
 * Another replica changed a device; fired when that is committed.
 *
 * @param change null when changes may have been missed, whichever they were
 */
public record DeviceChangedElsewhere(@Nullable DeviceChanged change) {}
