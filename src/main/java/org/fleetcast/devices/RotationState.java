package org.fleetcast.devices;

/** What a device's credential waits for; PENDING is derived from the rotation, never stored. */
public enum RotationState {
  OK,
  QUEUED,
  PENDING,
  TIMEOUT
}
