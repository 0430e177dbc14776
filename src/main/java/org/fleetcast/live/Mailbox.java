package org.fleetcast.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The last events of one session, written or not, numbered from 1. It is bounded in events and
 * bytes: what does not fit is let go oldest first, and stands as a gap in its place when it had not
 * been written yet. Not safe for threads: the session's lock guards it.
 */
final class Mailbox {
  static final int MAX_EVENTS = 2_000;
  static final int MAX_BYTES = 1 << 20;

  private final Deque<Item> written = new ArrayDeque<>(0);
  private final Deque<Item> waiting = new ArrayDeque<>(0);
  private final Losses losses = new Losses();
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
    waiting.add(new Item(++lastSequence, event));
    bytes += event.size();
    while (written.size() + waiting.size() > 1
        && (bytes > MAX_BYTES || written.size() + waiting.size() > MAX_EVENTS)) {
      letGo();
    }
  }

  /** Tells a gap in this place: lines that this session does not have. */
  void lose(Event.Lines lines) {
    losses.add(++lastSequence, lines);
    lostUnwritten = true;
  }

  private void letGo() {
    boolean unwritten = written.isEmpty();
    Item oldest = unwritten ? waiting.remove() : written.remove();
    bytes -= oldest.event.size();
    oldest.event.lines().ifPresent(lines -> losses.add(oldest.sequence, lines));
    lostUnwritten |= unwritten;
    if (oldest.event.lines().isEmpty()) {
      lastNudgeLost = oldest.sequence;
    }
  }

  /** Takes what waits, up to about that many bytes; at least one event if any waits. */
  Batch take(int maxBytes) {
    List<Losses.Loss> gaps = lostUnwritten ? losses.after(lastTaken) : List.of();
    boolean nudge = lostUnwritten && lastNudgeLost > lastTaken;
    long after = lastTaken;
    lostUnwritten = false;
    List<Item> items = new ArrayList<>();
    int taken = 0;
    long before = waiting.isEmpty() ? lastSequence : waiting.element().sequence - 1;
    while (!waiting.isEmpty()
        && (items.isEmpty() || taken + waiting.element().event.size() <= maxBytes)) {
      Item item = waiting.remove();
      taken += item.event.size();
      items.add(item);
      written.add(item);
    }
    lastTaken =
        items.isEmpty() ? Math.max(lastTaken, before) : items.get(items.size() - 1).sequence;
    return new Batch(gaps, nudge, after, before, items);
  }

  boolean isEmpty() {
    return waiting.isEmpty() && !lostUnwritten;
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
      written.addAll(waiting);
      waiting.clear();
      while (!written.isEmpty()) {
        letGo();
      }
      received = 0;
    }
    while (!written.isEmpty() && written.getLast().sequence > received) {
      waiting.addFirst(written.removeLast());
    }
    lastTaken = received;
    lostUnwritten = !losses.after(received).isEmpty() || lastNudgeLost > received;
  }

  /** Whether a viewer can have that number from this session. */
  boolean gaveOut(long sequence) {
    return sequence >= 0 && sequence <= lastSequence;
  }

  /** Goes to the end: a viewer that does not say what it has seen gets only what is new. */
  void skip() {
    written.addAll(waiting);
    waiting.clear();
    lastTaken = lastSequence;
    lostUnwritten = false;
  }
}
