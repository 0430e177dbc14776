package org.fleetcast.rotation;

/** It is a device's turn; fired within the transaction, to be told after its success. */
record RotationStarted(String clientId) {}
