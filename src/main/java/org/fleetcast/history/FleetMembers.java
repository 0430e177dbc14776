package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
import org.fleetcast.devices.RegisteredFleet;
import org.fleetcast.live.Members;

/** What the log of the fleet has to know of its devices. */
@Singleton
class FleetMembers implements Members {
  private final RegisteredFleet fleet;

  @Inject
  public FleetMembers(RegisteredFleet fleet) {
    this.fleet = fleet;
  }

  @Override
  public Set<Integer> modelsOf(String entityId) {
    return fleet.modelsOf(entityId);
  }
}
