package org.fleetcast.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The latest events of one entity, kept once for all sessions that wait for their viewer. At least
 * as much is kept as a mailbox keeps; of what is older only the lines that it had, so that a gap
 * can say what is missing. What is older still is kept only by the positions of those who wait for
 * it. Not safe for threads.
 *
 * <p>It consists of stretches, which end when they are full. Of the very old ones the lines are
 * added together: a gap that begins in the middle of one may tell of some lines more than were
 * missed, never of fewer.
 */
final class Backlog {
  private static final int PARTS = 4;

  /** Of so many full stretches, whatever filled them, some have all that a mailbox can take. */
  private static final int FULL_ONES = 2 * PARTS - 1;

  private final Deque<Stretch> whole = new ArrayDeque<>(List.of(new Stretch()));

  /** Those before, without events, and how many events they had. */
  private final Deque<Stretch> told = new ArrayDeque<>();

  private int toldEvents;

  /** Where a session stopped looking: before the event with that index. */
  record Position(Stretch stretch, int index) {}

  /**
   * Something that came.
   *
   * @param event null when it was let go
   */
  record Missed(Event.Lines lines, @Nullable Event event) {}

  /** Events that follow one another. */
  static final class Stretch {
    private List<Missed> events = new ArrayList<>();
    private int size;
    private long bytes;
    private @Nullable Stretch next;

    private boolean isFull() {
      return size >= Mailbox.MAX_EVENTS / PARTS || bytes >= Mailbox.MAX_BYTES / PARTS;
    }

    private void add(Event event) {
      events.add(new Missed(Objects.requireNonNull(event.lines(), "not of an entity"), event));
      bytes += event.size();
      size++;
    }

    private List<Missed> from(int index) {
      // Where lines were added together, all of them stand for each.
      return index == size
          ? List.of()
          : events.subList(events.size() == size ? index : 0, events.size());
    }

    private void letGo() {
      events.replaceAll(event -> new Missed(event.lines, null));
    }

    private void addTogether() {
      Losses lost = new Losses();
      events.forEach(event -> lost.add(new Losses.Loss(0, event.lines)));
      events = lost.inOrder().stream().map(loss -> new Missed(loss.lines(), null)).toList();
    }
  }

  void add(Event event) {
    Stretch last = whole.getLast();
    last.add(event);
    if (last.isFull()) {
      last.next = new Stretch();
      whole.add(last.next);
      bound();
    }
  }

  private void bound() {
    if (whole.size() > FULL_ONES + 1) {
      Stretch old = whole.remove();
      old.letGo();
      told.add(old);
      toldEvents += old.size;
    }
    while (toldEvents > Mailbox.MAX_PLACES) {
      Stretch veryOld = told.remove();
      veryOld.addTogether();
      toldEvents -= veryOld.size;
    }
  }

  /** Behind the latest event. */
  Position end() {
    return new Position(whole.getLast(), whole.getLast().size);
  }

  /** What came since then, in order. */
  static List<Missed> since(Position left) {
    List<Missed> missed = new ArrayList<>(left.stretch.from(left.index));
    for (Stretch next = left.stretch.next; next != null; next = next.next) {
      missed.addAll(next.events);
    }
    return missed;
  }
}
