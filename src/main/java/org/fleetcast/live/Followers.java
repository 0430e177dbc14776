package org.fleetcast.live;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/** Who follows which entity: the index by which a line finds its sessions. */
final class Followers {
  private final ConcurrentMap<String, Set<Session>> byEntity = new ConcurrentHashMap<>();
  private final AtomicLong subscriptions = new AtomicLong();

  void add(String entityId, Session session) {
    byEntity.compute(
        entityId,
        (id, sessions) -> {
          Set<Session> grown = sessions == null ? ConcurrentHashMap.newKeySet() : sessions;
          grown.add(session);
          return grown;
        });
  }

  void remove(String entityId, Session session) {
    byEntity.computeIfPresent(
        entityId,
        (id, sessions) -> {
          sessions.remove(session);
          return sessions.isEmpty() ? null : sessions;
        });
  }

  /** The sessions that follow an entity; empty when nobody does. */
  Set<Session> of(String entityId) {
    return byEntity.getOrDefault(entityId, Set.of());
  }

  /** Counts subscriptions made or ended: the pairs of session and device. */
  void counted(int change) {
    subscriptions.addAndGet(change);
  }

  long subscriptions() {
    return subscriptions.get();
  }
}
