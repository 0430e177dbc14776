package org.fleetcast.live;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lines that somebody does not have, added together for each entity. */
final class LostLines {
  private final Map<String, Loss> byEntity = new LinkedHashMap<>(0);

  /** Lines of one entity that were let go, with the sequence number of the last event. */
  record Loss(long lastSequence, StreamEvent.Lines lines) {
    Loss with(Loss later) {
      StreamEvent.Lines next = later.lines;
      String from = lines.from().compareTo(next.from()) <= 0 ? lines.from() : next.from();
      String to = lines.to().compareTo(next.to()) >= 0 ? lines.to() : next.to();
      return new Loss(
          Math.max(lastSequence, later.lastSequence),
          new StreamEvent.Lines(lines.entityId(), lines.count() + next.count(), from, to));
    }
  }

  /** What was missed, added together. */
  static List<Loss> of(List<Backlog.Missed> missed) {
    LostLines lost = new LostLines();
    missed.forEach(one -> lost.add(new Loss(0, one.lines())));
    return lost.inOrder();
  }

  boolean isEmpty() {
    return byEntity.isEmpty();
  }

  void add(Loss loss) {
    byEntity.merge(loss.lines.entityId(), loss, Loss::with);
  }

  /** Adds those to others that reach beyond that number. */
  void addTo(LostLines others, long sequence) {
    for (Loss loss : inOrder()) {
      if (loss.lastSequence > sequence) {
        others.add(loss);
      }
    }
  }

  /** One loss for each entity, in the order of their last events. */
  List<Loss> inOrder() {
    return byEntity.values().stream().sorted(Comparator.comparingLong(Loss::lastSequence)).toList();
  }
}
