package org.fleetcast.live;

import java.util.Set;

/** Knows which devices the fleet has, and of which models they are. */
public interface Members {
  /** The models of the devices that log as that entity; empty when no device does. */
  Set<Integer> modelsOf(String entityId);
}
