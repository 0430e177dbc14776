package org.fleetcast.live;

/**
 * What a viewer asks for: to follow a device.
 *
 * @param tail how many stored lines it wants first, 0 to {@link #MAX_TAIL}
 */
public record Subscription(int deviceId, String entityId, LineFilter filter, int tail) {
  public static final int MAX_TAIL = 1_000;
}
