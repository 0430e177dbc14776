package org.fleetcast.live;

import org.jspecify.annotations.Nullable;

/**
 * What a viewer asks for: to follow a device, a model or the fleet.
 *
 * @param tail how many stored lines it wants first, 0 to {@link #MAX_TAIL}
 * @param after the event after which it wants to go on, in place of a tail; null for none
 */
public record Subscription(
    Selector selector, Scope scope, LineFilter filter, int tail, @Nullable EventId after) {
  public static final int MAX_TAIL = 1_000;

  /** One of a device, by the entity that it logs as. */
  public static Subscription device(
      int deviceId, String entityId, LineFilter filter, int tail, @Nullable EventId after) {
    return new Subscription(
        Selector.device(deviceId), new Scope.Entity(entityId), filter, tail, after);
  }
}
