package org.fleetcast.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * The last events of one session, written or not, numbered from 1. It is bounded in events and
 * bytes: what does not fit is let go oldest first, and stands as a gap in its place when it had not
 * been written yet. Not safe for threads: the session's lock guards it.
 *
 * <p>The events lie in a {@link Ring}, each at its number, so that one that is shown to a thousand
 * viewers costs each of them no more than a reference. Of one that was let go only its {@link
 * Trace} stays there, so that a gap can say what is missing after a given event. Beyond the ring
 * the losses of one entity are added together: a gap that goes back so far may tell of some lines
 * more than were missed, never of fewer.
 */
final class Mailbox {
  static final int MAX_EVENTS = 2_000;
  static final int MAX_BYTES = 1 << 20;

  /** Events and losses in the ring. */
  static final int MAX_PLACES = Ring.MAX_PLACES;

  private final ViewerMemory memory;
  private final Ring ring;

  /** So many spans of what was let go are kept apart. */
  private static final int MAX_SPANS = 8;

  /** What was let go before the oldest place of the ring: from one trim to the next, in order. */
  private final Deque<LostLines> beyond = new ArrayDeque<>(List.of(new LostLines()));

  /** The same of what was not written yet when the mailbox was trimmed: told as a whole. */
  private LostLines trimmed = new LostLines();

  /** The first that was not let go; all places before it hold losses. */
  private long first = 1;

  /** The next to be written. */
  private long next = 1;

  private long lastTaken;
  private long bytes;
  private boolean lostUnwritten;
  private long lastNudgeLost;

  Mailbox(ViewerMemory memory) {
    this.memory = memory;
    this.ring = new Ring(memory);
  }

  /** What stands at a number: an event, or its trace; null for a nudge let go. */
  sealed interface Place permits StreamEvent, EvictedEvent {}

  /** An event with its number in this session. */
  record Item(long sequence, StreamEvent event) {}

  /**
   * What is to be written next: first the gaps, then the events.
   *
   * @param after the number of the last event taken before this batch
   * @param before the number that precedes the first of the items
   */
  record Batch(
      List<LostLines.Loss> gaps, boolean nudge, long after, long before, List<Item> items) {}

  /** Puts an event at the end, and lets go of the oldest ones until it fits. */
  void put(StreamEvent event) {
    append(event);
    event.trace().hold(memory);
    bytes += event.size();
    bound();
  }

  /** Tells a gap in this place: lines that this session does not have. */
  void lose(StreamEvent.Lines lines) {
    EvictedEvent trace = new EvictedEvent(lines, 0);
    append(trace);
    trace.holdAlone(memory);
    lostUnwritten = true;
    bound();
  }

  private long kept() {
    return ring.last() - first + 1;
  }

  private void bound() {
    while (kept() > 1 && (bytes > MAX_BYTES || kept() > MAX_EVENTS)) {
      letGo();
    }
  }

  private void append(Place what) {
    if (ring.isFull()) {
      addTogether(beyond.getLast(), ring.oldest() + MAX_PLACES / 4); // many at once
    }
    ring.append(what);
  }

  /** Adds what was lost before that number to others, in place of its traces. */
  private void addTogether(LostLines others, long end) {
    while (ring.oldest() < end) {
      if (ring.at(ring.oldest()) instanceof EvictedEvent trace) {
        others.add(loss(ring.oldest(), trace));
        trace.forget(memory);
      }
      ring.removeOldest();
    }
  }

  private static LostLines.Loss loss(long number, EvictedEvent trace) {
    return new LostLines.Loss(number, Objects.requireNonNull(trace.lines(), "kept for its lines"));
  }

  private void letGo() {
    boolean unwritten = first == next;
    if (ring.at(first) instanceof StreamEvent event) {
      bytes -= event.size();
      lostUnwritten |= unwritten;
      if (event.lines() == null) {
        ring.set(first, null);
        event.trace().release(memory);
        lastNudgeLost = first;
      } else {
        ring.set(first, event.trace());
        event.trace().letGo(memory);
      }
    }
    next = unwritten ? next + 1 : next;
    first++;
  }

  /** What was let go after that event: one loss for each entity. */
  private List<LostLines.Loss> lostAfter(long sequence) {
    LostLines lost = new LostLines();
    beyond.forEach(span -> span.addTo(lost, sequence));
    trimmed.addTo(lost, sequence);
    for (long number = Math.max(ring.oldest(), sequence + 1); number <= ring.last(); number++) {
      if (ring.at(number) instanceof EvictedEvent trace) {
        lost.add(loss(number, trace));
      }
    }
    return lost.inOrder();
  }

  /** Takes what waits, up to about that many bytes; at least one event if any waits. */
  Batch take(int maxBytes) {
    List<LostLines.Loss> gaps = lostUnwritten ? lostAfter(lastTaken) : List.of();
    told();
    boolean nudge = lostUnwritten && lastNudgeLost > lastTaken;
    long after = lastTaken;
    lostUnwritten = false;
    List<Item> items = new ArrayList<>();
    for (int taken = 0; next <= ring.last(); next++) {
      if (!(ring.at(next) instanceof StreamEvent event)) {
        continue; // its gap is among those told before
      }
      taken += event.size();
      if (!items.isEmpty() && taken > maxBytes) {
        break;
      }
      items.add(new Item(next, event));
    }
    long before = items.isEmpty() ? ring.last() : items.get(0).sequence - 1;
    lastTaken =
        items.isEmpty() ? Math.max(lastTaken, before) : items.get(items.size() - 1).sequence;
    return new Batch(gaps, nudge, after, before, items);
  }

  /** What was trimmed needs to be kept apart no longer. */
  private void told() {
    if (lostUnwritten) {
      trimmed.addTo(beyond.getLast(), 0);
      trimmed = new LostLines();
    }
  }

  boolean isEmpty() {
    return next > ring.last() && !lostUnwritten;
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
    return sequence >= 0 && sequence <= ring.last();
  }

  /** Goes to the end: a viewer that does not say what it has seen gets only what is new. */
  void skip() {
    next = ring.last() + 1;
    lastTaken = ring.last();
    told();
    lostUnwritten = false;
  }

  /** What this one takes of all that waits for viewers: its share of what others hold too. */
  long share() {
    long share = ring.bytes();
    for (long number = ring.oldest(); number <= ring.last(); number++) {
      Place place = ring.at(number);
      if (place instanceof StreamEvent event) {
        share += event.trace().eventShare();
      } else if (place instanceof EvictedEvent trace) {
        share += trace.share();
      }
    }
    return share;
  }

  /**
   * Adds losses together, and lets go of the oldest events until about that many bytes of its share
   * are free, if there are so many.
   *
   * @param writtenOnly whether only of those that are kept for a viewer that resumes
   * @return how many bytes of its share were freed
   */
  long trim(long wanted, boolean writtenOnly) {
    long before = share();
    beginSpan();
    fold();
    long end = writtenOnly ? next : ring.last() + 1;
    long toFree = wanted - freedSince(before);
    while (first < end && toFree > 0) {
      toFree -= Ring.PLACE_BYTES; // of what many share, little else
      if (ring.at(first) instanceof StreamEvent event) {
        toFree -= event.trace().eventShare();
        memory.trimmed();
      }
      letGo();
    }
    fold();
    return freedSince(before);
  }

  /** So that a gap tells of nothing that was let go before the trim before. */
  private void beginSpan() {
    if (beyond.getLast().isEmpty()) {
      return;
    }
    beyond.add(new LostLines());
    if (beyond.size() > MAX_SPANS) {
      LostLines oldest = beyond.remove();
      beyond.remove().addTo(oldest, 0);
      beyond.addFirst(oldest);
    }
  }

  /** Adds the losses before the first event together, and gives back their places. */
  private void fold() {
    while (kept() > 0 && ring.at(first) instanceof EvictedEvent) {
      letGo();
    }
    addTogether(beyond.getLast(), Math.min(first, lastTaken + 1));
    addTogether(trimmed, first);
    ring.shrink();
  }

  /** None when others have let go of what it shared with them, and its share is greater now. */
  private long freedSince(long shareBefore) {
    return Math.max(0, shareBefore - share());
  }

  /** Forgets everything, when nobody will ask for it any more. */
  void clear() {
    for (long number = ring.oldest(); number <= ring.last(); number++) {
      Place place = ring.at(number);
      if (place instanceof StreamEvent event) {
        event.trace().release(memory);
      } else if (place instanceof EvictedEvent trace) {
        trace.forget(memory);
      }
    }
    ring.clear();
    skip();
    beyond.clear();
    beyond.add(new LostLines());
    trimmed = new LostLines();
    first = ring.oldest();
    bytes = 0;
  }
}
