package org.fleetcast.live;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Live events of one entity that wait in a session until the stored lines before them were read.
 *
 * <p>Its life: it begins with the subscription that asks for a tail, and ends with {@link
 * Session#release}, which whoever began it owes it. What is asked for meanwhile comes after it. It
 * is bounded as a mailbox is. The session's lock guards it.
 */
public final class PendingTail {
  private final Subscription wanted;
  private final ViewerMemory memory;
  private final Mailbox events;
  private final Map<Integer, Subscription> later;
  private @Nullable String from;

  PendingTail(Subscription wanted, ViewerMemory memory) {
    this(wanted, new LinkedHashMap<>(0), memory);
  }

  private PendingTail(Subscription wanted, Map<Integer, Subscription> later, ViewerMemory memory) {
    this.wanted = wanted;
    this.memory = memory;
    this.events = new Mailbox(memory);
    this.later = later;
  }

  /** What is to be read, and for whom. */
  public Subscription wanted() {
    return wanted;
  }

  void add(StreamEvent event, String time) {
    from = from == null ? time : from;
    events.put(event);
  }

  void miss(StreamEvent.Lines lines) {
    from = from == null ? lines.from() : from;
    events.lose(lines);
  }

  /** The time of the first line that came, also if it did not fit; null when none came. */
  @Nullable String from() {
    return from;
  }

  /** Moves all that waits, with the gap in the place of what did not fit. */
  void moveTo(Mailbox mailbox) {
    Mailbox.Batch held = events.take(Integer.MAX_VALUE);
    held.gaps().forEach(gap -> mailbox.lose(gap.lines()));
    held.items().forEach(item -> mailbox.put(item.event()));
    events.clear();
  }

  long share() {
    return events.share();
  }

  /** As {@link Mailbox#trim}. */
  long trim(long wanted) {
    return events.trim(wanted, false);
  }

  /** Forgets what waits: nobody follows the entity any more. */
  void clear() {
    events.clear();
  }

  /** Another tail to be read after this; of each device only the last one asked for. */
  void then(Subscription asked) {
    later.put(asked.deviceId(), asked);
  }

  /** What is to be read after this; empty when nothing is. */
  Optional<PendingTail> next() {
    return later.values().stream()
        .findFirst()
        .map(
            first -> {
              later.remove(first.deviceId());
              return new PendingTail(first, later, memory);
            });
  }
}
