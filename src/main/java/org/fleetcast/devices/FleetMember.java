package org.fleetcast.devices;

import org.jspecify.annotations.Nullable;

/** A device with its model, and the entity by which its log lines name it; null for none. */
public record FleetMember(int deviceId, int modelId, @Nullable String entityId) {}
