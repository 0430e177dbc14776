package org.fleetcast.live;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a mailbox had to let go, oldest first, so that a gap can say what is missing after a given
 * event. Beyond a bound the oldest losses of one entity are added together: such a gap may then
 * tell of a few lines more than were missed, never of fewer.
 */
final class Losses {
  private static final int BOUND = 1000;

  private final List<Loss> losses = new ArrayList<>();

  /** Lines of one entity that were let go, with the sequence number of the last event. */
  record Loss(long lastSequence, Event.Lines lines) {
    Loss with(Loss later) {
      Event.Lines next = later.lines;
      String from = lines.from().compareTo(next.from()) <= 0 ? lines.from() : next.from();
      String to = lines.to().compareTo(next.to()) >= 0 ? lines.to() : next.to();
      return new Loss(
          later.lastSequence,
          new Event.Lines(lines.entityId(), lines.count() + next.count(), from, to));
    }
  }

  void add(long sequence, Event.Lines lines) {
    losses.add(new Loss(sequence, lines));
    if (losses.size() > 2 * BOUND) {
      shorten();
    }
  }

  /**
   * What was lost after that event: one loss for each entity, in the order of their last events.
   */
  List<Loss> after(long sequence) {
    Map<String, Loss> byEntity = new LinkedHashMap<>();
    for (Loss loss : losses) {
      if (loss.lastSequence > sequence) {
        byEntity.merge(loss.lines.entityId(), loss, Loss::with);
      }
    }
    return byEntity.values().stream()
        .sorted((a, b) -> Long.compare(a.lastSequence, b.lastSequence))
        .toList();
  }

  private void shorten() {
    Map<String, Loss> oldest = new LinkedHashMap<>();
    Iterator<Loss> half = losses.subList(0, losses.size() - BOUND).iterator();
    while (half.hasNext()) {
      Loss loss = half.next();
      oldest.merge(loss.lines.entityId(), loss, Loss::with);
    }
    List<Loss> kept = new ArrayList<>(oldest.values());
    kept.addAll(losses.subList(losses.size() - BOUND, losses.size()));
    losses.clear();
    losses.addAll(kept);
  }
}
