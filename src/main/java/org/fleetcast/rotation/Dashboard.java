package org.fleetcast.rotation;

import java.util.List;
import java.util.function.Predicate;
import org.fleetcast.devices.RotationState;

/** The fleet in four groups, each by key; a device is in the first of them that it fits. */
public record Dashboard(
    List<DeviceRotation> healthy,
    List<DeviceRotation> warning,
    List<DeviceRotation> critical,
    List<DeviceRotation> inactive,
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
  static Dashboard of(List<DeviceRotation> fleet, long criticalDays) {
    List<DeviceRotation> healthy =
        those(fleet, device -> Group.HEALTHY == group(device, criticalDays));
    List<DeviceRotation> warning =
        those(fleet, device -> Group.WARNING == group(device, criticalDays));
    List<DeviceRotation> critical =
        those(fleet, device -> Group.CRITICAL == group(device, criticalDays));
    List<DeviceRotation> inactive =
        those(fleet, device -> Group.INACTIVE == group(device, criticalDays));
    Counts counts = new Counts(healthy.size(), warning.size(), critical.size(), inactive.size());
    return new Dashboard(healthy, warning, critical, inactive, counts);
  }

  private static Group group(DeviceRotation device, long criticalDays) {
    if (!device.active()) {
      return Group.INACTIVE;
    }
    if (device.rotationState() != RotationState.TIMEOUT) {
      return Group.HEALTHY;
    }
    Long days = device.daysSinceRotation();
    return days != null && days >= criticalDays ? Group.CRITICAL : Group.WARNING;
  }

  private static List<DeviceRotation> those(
      List<DeviceRotation> fleet, Predicate<DeviceRotation> group) {
    return fleet.stream().filter(group).toList();
  }
}
