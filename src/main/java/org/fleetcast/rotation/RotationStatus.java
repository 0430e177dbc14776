package org.fleetcast.rotation;

import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.fleetcast.devices.RotationState;
import org.jspecify.annotations.Nullable;

/**
 * Where the rotation stands.
 *
 * @param countsByState how many devices are in each state, active or not
 * @param inactive how many devices are not active
 */
public record RotationStatus(
    Map<String, Integer> countsByState,
    int inactive,
    @Nullable Integer pendingDeviceId,
    @Nullable Instant lastRotationCompletedAt,
    @Nullable Instant nextScheduledRotation) {

  static RotationStatus of(List<DeviceRotation> fleet, @Nullable Instant nextScheduled) {
    Map<RotationState, Integer> counts = new EnumMap<>(RotationState.class);
    fleet.forEach(device -> counts.merge(device.rotationState(), 1, Integer::sum));
    Map<String, Integer> named = new LinkedHashMap<>();
    for (RotationState state : RotationState.values()) {
      named.put(state.name(), counts.getOrDefault(state, 0));
    }
    return new RotationStatus(
        named,
        (int) fleet.stream().filter(device -> !device.active()).count(),
        fleet.stream()
            .filter(device -> device.rotationState() == RotationState.PENDING)
            .map(DeviceRotation::id)
            .findFirst()
            .orElse(null),
        fleet.stream()
            .map(DeviceRotation::lastRotationCompletedAt)
            .filter(Objects::nonNull)
            .max(Comparator.naturalOrder())
            .orElse(null),
        nextScheduled);
  }
}
