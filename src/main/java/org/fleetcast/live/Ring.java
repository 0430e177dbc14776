package org.fleetcast.live;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands at the numbers of a mailbox, from the oldest to the last. It is made of segments,
 * which come as they are needed and go when it shrinks. Not safe for threads.
 */
final class Ring {
  /** A power of two. */
  static final int MAX_PLACES = 4_096;

  /** Places in a segment; a power of two. */
  private static final int SEGMENT = 32;

  /** What one place takes, without what stands there. */
  static final int PLACE_BYTES = 4;

  private static final int SEGMENT_BYTES = 16 + PLACE_BYTES * SEGMENT;
  private static final Mailbox.@Nullable Place[] @Nullable [] EMPTY = {};

  private final ViewerMemory memory;

  /** Segments, as many as a power of two says; those that were not needed yet are null. */
  private Mailbox.@Nullable Place[] @Nullable [] segments = EMPTY;

  private int needed;

  /** The number that stands at the first place, each time that it goes round. */
  private long base = 1;

  private long oldest = 1;
  private long last;

  Ring(ViewerMemory memory) {
    this.memory = memory;
  }

  long oldest() {
    return oldest;
  }

  long last() {
    return last;
  }

  /** Whether the oldest has to be removed before another comes. */
  boolean isFull() {
    return last - oldest + 1 == MAX_PLACES;
  }

  void append(Mailbox.@Nullable Place what) {
    if (last - oldest + 1 == places()) {
      segments = Arrays.copyOf(segments, Math.max(1, 2 * segments.length));
    }
    int place = place(last + 1);
    Mailbox.@Nullable Place[] segment = segments[place / SEGMENT];
    if (segment == null) {
      segment = new Mailbox.Place[SEGMENT];
      segments[place / SEGMENT] = segment;
      needed++;
      memory.add(SEGMENT_BYTES);
    }
    segment[place % SEGMENT] = what;
    last++; // not before there is room for it
  }

  private int places() {
    return segments.length * SEGMENT;
  }

  private int place(long number) {
    return (int) (number - base) & (places() - 1);
  }

  Mailbox.@Nullable Place at(long number) {
    int place = place(number);
    return segments[place / SEGMENT][place % SEGMENT];
  }

  void set(long number, Mailbox.@Nullable Place what) {
    int place = place(number);
    segments[place / SEGMENT][place % SEGMENT] = what;
  }

  void removeOldest() {
    set(oldest, null);
    oldest++;
  }

  /** What its segments take, without what stands in them. */
  long bytes() {
    return (long) needed * SEGMENT_BYTES;
  }

  /** Becomes as small as what stands in it allows. */
  void shrink() {
    List<Mailbox.@Nullable Place> kept = new ArrayList<>();
    for (long number = oldest; number <= last; number++) {
      kept.add(at(number));
    }
    last = oldest - 1;
    drop();
    kept.forEach(this::append);
  }

  /** Forgets all that stands in it; numbers go on. */
  void clear() {
    oldest = last + 1;
    drop();
  }

  private void drop() {
    memory.add(-bytes());
    needed = 0;
    segments = EMPTY;
    base = oldest;
  }
}
