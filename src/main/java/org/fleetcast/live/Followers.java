package org.fleetcast.live;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/** Who follows which entity: the index by which a line finds the sessions that it is for. */
final class Followers {
  private final ConcurrentMap<String, Set<Feed>> byEntity = new ConcurrentHashMap<>();
  private final AtomicLong subscriptions = new AtomicLong();

  void add(String entityId, Feed feed) {
    byEntity.compute(
        entityId,
        (id, feeds) -> {
          Set<Feed> grown = feeds == null ? ConcurrentHashMap.newKeySet() : feeds;
          grown.add(feed);
          return grown;
        });
  }

  void remove(String entityId, Feed feed) {
    byEntity.computeIfPresent(
        entityId,
        (id, feeds) -> {
          feeds.remove(feed);
          return feeds.isEmpty() ? null : feeds;
        });
  }

  /** What each session gets of an entity; empty when nobody follows it. */
  Set<Feed> of(String entityId) {
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
