package org.fleetcast.live;

import org.jspecify.annotations.Nullable;

/**
 * By what a subscription is named again: its device, or the many that it follows.
 *
 * @param deviceId null for a model or the fleet
 * @param many null for a device
 */
public record Selector(@Nullable Integer deviceId, @Nullable Scope many) {
  public static Selector device(int id) {
    return new Selector(id, null);
  }

  public static Selector of(Scope many) {
    return new Selector(null, many);
  }
}
