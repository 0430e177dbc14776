package org.fleetcast.live;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/** Who follows which entity: the index by which a line finds the sessions that it is for. */
final class TopicIndex {
  private final ViewerMemory memory;
  private final ConcurrentMap<String, Topic> byEntity = new ConcurrentHashMap<>();
  private final AtomicLong subscriptions = new AtomicLong();

  TopicIndex(ViewerMemory memory) {
    this.memory = memory;
  }

  /** What they hold counts here. */
  ViewerMemory memory() {
    return memory;
  }

  void add(String entityId, TopicSubscription feed) {
    byEntity.compute(
        entityId,
        (id, known) -> {
          Topic audience = known == null ? new Topic(memory) : known;
          audience.add(feed);
          return audience;
        });
  }

  void remove(String entityId, TopicSubscription feed) {
    byEntity.computeIfPresent(entityId, (id, audience) -> audience.remove(feed) ? null : audience);
  }

  /** A feed waits for its viewer; what it gives is for {@link #comeBack}. */
  Backlog.Position leave(String entityId, TopicSubscription feed) {
    return audience(entityId).leave(feed);
  }

  /** The viewer is there again: gives what came in the meantime. */
  List<Backlog.Missed> comeBack(String entityId, TopicSubscription feed, Backlog.Position left) {
    return audience(entityId).comeBack(feed, left);
  }

  /** As {@link #leave}, without keeping anything that came before. */
  Backlog.Position leaveAnew(String entityId, TopicSubscription feed) {
    return audience(entityId).leaveAnew(feed);
  }

  /** What a feed that waits for its viewer takes of what is kept of that entity. */
  long share(String entityId, Backlog.Position left) {
    return audience(entityId).share(left);
  }

  private Topic audience(String followed) {
    return Objects.requireNonNull(byEntity.get(followed), "nobody follows it");
  }

  boolean follows(String entityId) {
    return byEntity.containsKey(entityId);
  }

  /** Gives lines to all who follow their entity: of one entity one publication after another. */
  void publish(Publication lines, BiConsumer<TopicSubscription, Publication> deliver) {
    Topic audience = byEntity.get(lines.entityId());
    if (audience != null) {
      audience.publish(lines, deliver);
    }
  }

  /** Counts subscriptions made or ended: the pairs of session and device. */
  void counted(int change) {
    subscriptions.addAndGet(change);
  }

  long subscriptions() {
    return subscriptions.get();
  }
}
