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
 * it, and what nobody waits for any more is let go. Not safe for threads.
 *
 * <p>It consists of stretches, which end when they are full. Of the very old ones the lines are
 * added together: a gap that begins in the middle of one may tell of some lines more than were
 * missed, never of fewer.
 */
final class Backlog {
  private static final int PARTS = 4;

  /** Of so many full stretches, whatever filled them, some have all that a mailbox can take. */
  private static final int FULL_ONES = 2 * PARTS - 1;

  private final ViewerMemory memory;
  private final Deque<Stretch> whole = new ArrayDeque<>(List.of(new Stretch()));

  /** Those before, without events, and how many events they had. */
  private final Deque<Stretch> told = new ArrayDeque<>();

  private int toldEvents;

  /** How many of those that are whole are full: some end before they are. */
  private int full;

  /** How many wait for what came before those. */
  private int waitingLonger;

  Backlog(ViewerMemory memory) {
    this.memory = memory;
  }

  /** Where a session stopped looking: before the event with that index. */
  record Position(Stretch stretch, int index) {}

  /**
   * Something that came.
   *
   * @param event null when it was let go
   */
  record Missed(EvictedEvent trace, @Nullable StreamEvent event) {
    StreamEvent.Lines lines() {
      return Objects.requireNonNull(trace.lines(), "of an entity");
    }

    private Missed letGo(ViewerMemory memory) {
      if (event != null) {
        trace.letGo(memory);
      }
      return new Missed(trace, null);
    }

    private void release(ViewerMemory memory) {
      if (event == null) {
        trace.forget(memory);
      } else {
        trace.release(memory);
      }
    }
  }

  /** Events that follow one another. */
  static final class Stretch {
    private List<Missed> events = new ArrayList<>();
    private int size;
    private long bytes;
    private long held;
    private int waiting;
    private boolean veryOld;
    private @Nullable Stretch next;

    private boolean isFull() {
      return size >= Mailbox.MAX_EVENTS / PARTS || bytes >= Mailbox.MAX_BYTES / PARTS;
    }

    private void add(StreamEvent event, ViewerMemory memory) {
      event.trace().hold(memory);
      events.add(new Missed(event.trace(), event));
      bytes += event.size();
      held += event.size() + StreamEvent.OVERHEAD + EvictedEvent.BYTES;
      size++;
    }

    private List<Missed> from(int index) {
      // Where lines were added together, all of them stand for each.
      return index == size
          ? List.of()
          : events.subList(events.size() == size ? index : 0, events.size());
    }

    private void letGo(ViewerMemory memory) {
      events.replaceAll(event -> event.letGo(memory));
      held = (long) events.size() * EvictedEvent.BYTES;
    }

    /** What remains is so little that it is not counted. */
    private void addTogether(ViewerMemory memory) {
      List<LostLines.Loss> lost = LostLines.of(events);
      release(memory);
      events =
          lost.stream().map(loss -> new Missed(new EvictedEvent(loss.lines(), 0), null)).toList();
      held = 0;
      veryOld = true;
    }

    private void release(ViewerMemory memory) {
      events.forEach(event -> event.release(memory));
    }
  }

  void add(StreamEvent event) {
    Stretch last = whole.getLast();
    last.add(event, memory);
    if (last.isFull()) {
      full++;
      end(last);
      bound();
    }
  }

  private void end(Stretch last) {
    last.next = new Stretch();
    whole.add(last.next);
  }

  /** Keeps what comes from now on apart, so that what was before can go without it. */
  void split() {
    if (whole.getLast().size > 0) {
      end(whole.getLast());
    }
  }

  private Stretch removeOldest() {
    Stretch oldest = whole.remove();
    full -= oldest.isFull() ? 1 : 0;
    return oldest;
  }

  private void bound() {
    while (full > FULL_ONES) {
      Stretch old = removeOldest();
      old.letGo(memory);
      told.add(old);
      toldEvents += old.size;
    }
    while (toldEvents > Mailbox.MAX_PLACES) {
      Stretch veryOld = told.remove();
      veryOld.addTogether(memory);
      waitingLonger += veryOld.waiting;
      toldEvents -= veryOld.size;
    }
  }

  /** Behind the latest event. */
  Position end() {
    whole.getLast().waiting++;
    return new Position(whole.getLast(), whole.getLast().size);
  }

  /** Nobody waits at that position any more. */
  void leave(Position left) {
    left.stretch.waiting--;
    waitingLonger -= left.stretch.veryOld ? 1 : 0;
    if (waitingLonger == 0) {
      for (Stretch old = told.peek(); old != null && old.waiting == 0; old = told.peek()) {
        toldEvents -= old.size;
        told.remove().release(memory);
      }
      while (told.isEmpty() && whole.size() > 1 && whole.getFirst().waiting == 0) {
        removeOldest().release(memory);
      }
    }
  }

  /** About what is kept since then. */
  static long bytesSince(Position left) {
    long bytes = left.stretch.held;
    for (Stretch next = left.stretch.next; next != null; next = next.next) {
      bytes += next.held;
    }
    return bytes;
  }

  /** Forgets everything, when nobody waits any more. */
  void clear() {
    told.forEach(stretch -> stretch.release(memory));
    whole.forEach(stretch -> stretch.release(memory));
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
