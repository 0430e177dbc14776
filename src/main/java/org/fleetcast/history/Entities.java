package org.fleetcast.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fleetcast.devices.DeviceEntity;
import org.jspecify.annotations.Nullable;

/**
 * Whose lines are asked for: one entity, or those of a fleet.
 *
 * @param devices the ids of the devices that log as an entity, by that entity; empty where only the
 *     entity matters
 */
public record Entities(Map<String, List<Integer>> devices) {
  public Entities {
    devices = Map.copyOf(devices);
  }

  /** One entity. */
  public static Entities one(String entityId) {
    return new Entities(Map.of(entityId, List.of()));
  }

  /** Those of these devices, each once however many devices share it. */
  public static Entities of(Collection<DeviceEntity> devices) {
    Map<String, List<Integer>> byEntity = new HashMap<>();
    for (DeviceEntity device : devices) {
      if (device.entityId() != null) {
        byEntity.computeIfAbsent(device.entityId(), id -> new ArrayList<>()).add(device.deviceId());
      }
    }
    return new Entities(byEntity);
  }

  /** Those of all of these, where only the entities matter. */
  static Entities all(Collection<Entities> some) {
    Map<String, List<Integer>> ids = new HashMap<>();
    some.forEach(one -> one.ids().forEach(id -> ids.put(id, List.of())));
    return new Entities(ids);
  }

  /** Their ids. */
  public Set<String> ids() {
    return devices.keySet();
  }

  public boolean isEmpty() {
    return devices.isEmpty();
  }

  /** Whether a line that names this entity is one of theirs. */
  boolean contains(@Nullable String entityId) {
    return entityId != null && devices.containsKey(entityId);
  }

  /**
   * The entity whose line a search found, null when it is none of theirs. Where one entity was
   * searched for, it is that one if they differ in case only: an index of somebody else's may not
   * distinguish cases. It may also search by the words of a name, and find others.
   *
   * @param named the entity that the line names, if that is a text
   */
  public @Nullable String owner(@Nullable String named) {
    if (contains(named)) {
      return named;
    }
    String only = devices.size() == 1 ? devices.keySet().iterator().next() : null;
    return named == null || named.equalsIgnoreCase(only) ? only : null;
  }

  /** The device that logs as this entity; null when several do. */
  @Nullable Integer device(String entityId) {
    List<Integer> all = devices.getOrDefault(entityId, List.of());
    return all.size() == 1 ? all.get(0) : null;
  }
}
