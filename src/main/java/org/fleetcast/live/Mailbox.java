package org.fleetcast.live;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last events of one session, written or not, numbered from 1. It is bounded in events and
 * bytes: what does not fit is let go oldest first, and stands as a gap in its place when it had not
 * been written yet. Not safe for threads: the session's lock guards it.
 *
 * <p>The events lie in a ring, each at its number, so that one that is shown to a thousand viewers
 * costs each of them no more than a reference. The ring is made of segments, which come as they are
 * needed and are never copied. Of one that was let go only its {@link Event.Lines} stay there, so
 * that a gap can say what is missing after a given event. Beyond the ring the losses of one entity
 * are added together: a gap that goes back so far may tell of some lines more than were missed,
 * never of fewer.
 */
final class Mailbox {
  static final int MAX_EVENTS = 2_000;
  static final int MAX_BYTES = 1 << 20;

  /** Events and losses in the ring; a power of two. */
  static final int MAX_PLACES = 4_096;

  /** Places in a segment; a power of two. */
  private static final int SEGMENT = 32;

  private static final @Nullable Place[] @Nullable [] EMPTY = {};

  /** What stands at a number: an event, or the lines that it had; null for a nudge let go. */
  sealed interface Place permits Event, Event.Lines {}

  /** Segments, as many as a power of two says; those that were not needed yet are null. */
  private @Nullable Place[] @Nullable [] ring = EMPTY;

  /** The number that stands at the first place of the ring, each time that it goes round. */
  private long base = 1;

  /** What was let go before the oldest place of the ring. */
  private Losses beyond = new Losses();

  private long oldest = 1;

  /** The first that was not let go; all places before it hold losses. */
  private long first = 1;

  /** The next to be written. */
  private long next = 1;

  private long lastSequence;
  private long lastTaken;
  private long bytes;
  private boolean lostUnwritten;
  private long lastNudgeLost;

  /** An event with its number in this session. */
  record Item(long sequence, Event event) {}

  /**
   * What is to be written next: first the gaps, then the events.
   *
   * @param after the number of the last event taken before this batch
   * @param before the number that precedes the first of the items
   */
  record Batch(List<Losses.Loss> gaps, boolean nudge, long after, long before, List<Item> items) {}

  /** Puts an event at the end, and lets go of the oldest ones until it fits. */
  void put(Event event) {
    append(event);
    bytes += event.size();
    bound();
  }

  /** Tells a gap in this place: lines that this session does not have. */
  void lose(Event.Lines lines) {
    append(lines);
    lostUnwritten = true;
    bound();
  }

  private long kept() {
    return lastSequence - first + 1;
  }

  private void bound() {
    while (kept() > 1 && (bytes > MAX_BYTES || kept() > MAX_EVENTS)) {
      letGo();
    }
  }

  private void append(Place what) {
    if (lastSequence - oldest + 1 == places()) {
      if (places() < MAX_PLACES) {
        ring = Arrays.copyOf(ring, Math.max(1, 2 * ring.length));
      } else {
        addTogether();
      }
    }
    lastSequence++;
    int place = place(lastSequence);
    @Nullable Place[] segment = ring[place / SEGMENT];
    if (segment == null) {
      segment = new Place[SEGMENT];
      ring[place / SEGMENT] = segment;
    }
    segment[place % SEGMENT] = what;
  }

  private int places() {
    return ring.length * SEGMENT;
  }

  private int place(long sequence) {
    return (int) (sequence - base) & (places() - 1);
  }

  private @Nullable Place at(long sequence) {
    int place = place(sequence);
    return ring[place / SEGMENT][place % SEGMENT];
  }

  /** Makes room in a full ring; many at once, since it is the oldest of what is written anew. */
  private void addTogether() {
    for (long end = oldest + MAX_PLACES / 4; oldest < end; oldest++) {
      if (at(oldest) instanceof Event.Lines lost) {
        beyond.add(new Losses.Loss(oldest, lost));
      }
    }
  }

  private void letGo() {
    boolean unwritten = first == next;
    int place = place(first);
    @Nullable Place[] segment = ring[place / SEGMENT];
    if (segment[place % SEGMENT] instanceof Event event) {
      bytes -= event.size();
      segment[place % SEGMENT] = event.lines();
      lastNudgeLost = event.lines() == null ? first : lastNudgeLost;
      lostUnwritten |= unwritten;
    }
    next = unwritten ? next + 1 : next;
    first++;
  }

  /** What was let go after that event: one loss for each entity. */
  private List<Losses.Loss> lostAfter(long sequence) {
    Losses lost = new Losses();
    for (Losses.Loss loss : beyond.inOrder()) {
      if (loss.lastSequence() > sequence) {
        lost.add(loss);
      }
    }
    for (long number = Math.max(oldest, sequence + 1); number <= lastSequence; number++) {
      if (at(number) instanceof Event.Lines lines) {
        lost.add(new Losses.Loss(number, lines));
      }
    }
    return lost.inOrder();
  }

  /** Takes what waits, up to about that many bytes; at least one event if any waits. */
  Batch take(int maxBytes) {
    List<Losses.Loss> gaps = lostUnwritten ? lostAfter(lastTaken) : List.of();
    boolean nudge = lostUnwritten && lastNudgeLost > lastTaken;
    long after = lastTaken;
    lostUnwritten = false;
    List<Item> items = new ArrayList<>();
    for (int taken = 0; next <= lastSequence; next++) {
      if (!(at(next) instanceof Event event)) {
        continue; // its gap is among those told before
      }
      taken += event.size();
      if (!items.isEmpty() && taken > maxBytes) {
        break;
      }
      items.add(new Item(next, event));
    }
    long before = items.isEmpty() ? lastSequence : items.get(0).sequence - 1;
    lastTaken =
        items.isEmpty() ? Math.max(lastTaken, before) : items.get(items.size() - 1).sequence;
    return new Batch(gaps, nudge, after, before, items);
  }

  boolean isEmpty() {
    return next > lastSequence && !lostUnwritten;
  }

  /** The number of the last event that was taken; what a viewer may have seen. */
  long lastTaken() {
    return lastTaken;
  }

  /**
   * Goes back so that the next event taken is the one after that number, or a gap. A number that
   * was never given out says nothing about what was seen: then all there was is a gap.
   */
  void rewind(long received) {
    if (!gaveOut(received)) {
      while (kept() > 0) {
        letGo();
      }
      received = 0;
    }
    next = Math.min(next, Math.max(first, received + 1));
    lastTaken = received;
    lostUnwritten = !lostAfter(received).isEmpty() || lastNudgeLost > received;
  }

  /** Whether a viewer can have that number from this session. */
  boolean gaveOut(long sequence) {
    return sequence >= 0 && sequence <= lastSequence;
  }

  /** Goes to the end: a viewer that does not say what it has seen gets only what is new. */
  void skip() {
    next = lastSequence + 1;
    lastTaken = lastSequence;
    lostUnwritten = false;
  }

  /** Forgets everything, when nobody will ask for it any more. */
  void clear() {
    ring = EMPTY;
    beyond = new Losses();
    oldest = lastSequence + 1;
    base = oldest;
    first = oldest;
    bytes = 0;
    skip();
  }
}
