package org.fleetcast.rotation;

import java.util.List;
import java.util.function.Predicate;
import org.fleetcast.devices.RotationState;

/** The fleet in four groups, each by key; a device is in the first of them that it fits. */
public record Dashboard(
    List<Standing> healthy,
    List<Standing> warning,
    List<Standing> critical,
    List<Standing> inactive,
    Counts counts) {

  /** How many devices are in each group. */
  public record Counts(int healthy, int warning, int critical, int inactive) {}

  private enum Group {
    INACTIVE,
    CRITICAL,
    WARNING,
    HEALTHY
  }

  /**
   * Groups a fleet.
   *
   * @param criticalDays the days since its last rotation from which a device that timed out is
   *     critical; one that never rotated is not
   */
  static Dashboard of(List<Standing> fleet, long criticalDays) {
    List<Standing> healthy = those(fleet, device -> Group.HEALTHY == group(device, criticalDays));
    List<Standing> warning = those(fleet, device -> Group.WARNING == group(device, criticalDays));
    List<Standing> critical = those(fleet, device -> Group.CRITICAL == group(device, criticalDays));
    List<Standing> inactive = those(fleet, device -> Group.INACTIVE == group(device, criticalDays));
    Counts counts = new Counts(healthy.size(), warning.size(), critical.size(), inactive.size());
    return new Dashboard(healthy, warning, critical, inactive, counts);
  }

  private static Group group(Standing device, long criticalDays) {
    if (!device.active()) {
      return Group.INACTIVE;
    }
    if (device.rotationState() != RotationState.TIMEOUT) {
      return Group.HEALTHY;
    }
    Long days = device.daysSinceRotation();
    return days != null && days >= criticalDays ? Group.CRITICAL : Group.WARNING;
  }

  private static List<Standing> those(List<Standing> fleet, Predicate<Standing> group) {
    return fleet.stream().filter(group).toList();
  }
}
