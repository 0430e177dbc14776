package org.fleetcast.devices;

/**
 * A device's config was written; fired within the transaction, to be observed after its success.
 */
public record DeviceConfigChanged(String clientId) {}
