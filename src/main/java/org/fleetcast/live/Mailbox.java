package org.fleetcast.live;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last events of one session, written or not, numbered from 1. It is bounded in events and
 * bytes: what does not fit is let go oldest first, and stands as a gap in its place when it had not
 * been written yet. Not safe for threads: the session's lock guards it.
 *
 * <p>The events lie in a ring, each at its number, so that one that is shown to a thousand viewers
 * costs each of them no more than a reference.
 */
final class Mailbox {
  static final int MAX_EVENTS = 2_000;
  static final int MAX_BYTES = 1 << 20;

  private static final @Nullable Event[] EMPTY = {};

  /** By number, modulo its length, which is a power of two; null where only a gap stands. */
  private @Nullable Event[] ring = EMPTY;

  private final Losses losses = new Losses();
  private long first = 1;
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
    append(null);
    losses.add(lastSequence, lines);
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

  private void append(@Nullable Event event) {
    if (kept() == ring.length) {
      grow();
    }
    ring[place(++lastSequence)] = event;
  }

  private int place(long sequence) {
    return place(sequence, ring.length);
  }

  private static int place(long sequence, int length) {
    return (int) sequence & (length - 1);
  }

  private void grow() {
    @Nullable Event[] small = ring;
    ring = new Event[Math.max(8, 4 * small.length)];
    for (long sequence = first; sequence <= lastSequence; sequence++) {
      ring[place(sequence)] = small[place(sequence, small.length)];
    }
  }

  private void letGo() {
    boolean unwritten = first == next;
    int place = place(first);
    Event oldest = ring[place];
    ring[place] = null;
    if (oldest != null) {
      forget(oldest);
      lostUnwritten |= unwritten;
    }
    next = unwritten ? next + 1 : next;
    first++;
  }

  private void forget(Event oldest) {
    bytes -= oldest.size();
    Event.Lines lines = oldest.lines();
    if (lines == null) {
      lastNudgeLost = first;
    } else {
      losses.add(first, lines);
    }
  }

  /** Takes what waits, up to about that many bytes; at least one event if any waits. */
  Batch take(int maxBytes) {
    List<Losses.Loss> gaps = lostUnwritten ? losses.after(lastTaken) : List.of();
    boolean nudge = lostUnwritten && lastNudgeLost > lastTaken;
    long after = lastTaken;
    lostUnwritten = false;
    List<Item> items = new ArrayList<>();
    for (int taken = 0; next <= lastSequence; next++) {
      Event event = ring[place(next)];
      if (event == null) {
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
    lostUnwritten = !losses.after(received).isEmpty() || lastNudgeLost > received;
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
}
