package org.fleetcast.live;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which devices a session follows, and under which entity. Devices may share an entity: it is
 * followed until the last of them goes. Not safe for threads: the session's lock guards it.
 */
final class Subscriptions {
  private final Session session;
  private final Followers followers;
  private final TreeMap<Integer, String> entityByDevice = new TreeMap<>();
  private final Map<String, Integer> devicesOfEntity = new HashMap<>();

  Subscriptions(Session session, Followers followers) {
    this.session = session;
    this.followers = followers;
  }

  /** Whether this device is followed under this very entity. */
  boolean has(int deviceId, String entityId) {
    return entityId.equals(entityByDevice.get(deviceId));
  }

  boolean has(int deviceId) {
    return entityByDevice.containsKey(deviceId);
  }

  /** Whether lines of this entity are for this session; asked for every event. */
  boolean follows(String entityId) {
    return devicesOfEntity.containsKey(entityId);
  }

  int size() {
    return entityByDevice.size();
  }

  /** Follows a device that is not followed yet. */
  void add(int deviceId, String entityId) {
    if (devicesOfEntity.merge(entityId, 1, Integer::sum) == 1) {
      followers.add(entityId, session);
    }
    entityByDevice.put(deviceId, entityId);
    followers.counted(1);
  }

  /** Stops following a device; says whether it was followed. */
  boolean remove(int deviceId) {
    String entityId = entityByDevice.remove(deviceId);
    if (entityId == null) {
      return false;
    }
    Integer left = devicesOfEntity.computeIfPresent(entityId, (id, n) -> n == 1 ? null : n - 1);
    if (left == null) {
      followers.remove(entityId, session);
    }
    followers.counted(-1);
    return true;
  }

  void clear() {
    List.copyOf(entityByDevice.keySet()).forEach(this::remove);
  }

  /** The first device of that entity; null when none is followed any more. */
  @Nullable Integer deviceOf(String entityId) {
    return entityByDevice.entrySet().stream()
        .filter(entry -> Objects.equals(entry.getValue(), entityId))
        .map(entry -> entry.getKey())
        .findFirst()
        .orElse(null);
  }

  SortedSet<Integer> devices() {
    return new TreeSet<>(entityByDevice.keySet());
  }

  Map<Integer, String> byDevice() {
    return Map.copyOf(entityByDevice);
  }
}
