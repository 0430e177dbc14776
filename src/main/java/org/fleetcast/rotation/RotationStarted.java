package org.fleetcast.rotation;

/** It is a device's turn; fired within the transaction, observed after its success. */
record RotationStarted(String clientId) {}
