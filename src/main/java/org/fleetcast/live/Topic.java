package org.fleetcast.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The log of one scope in memory, as one choice of filters lets it pass: a ring of events, numbered
 * from 0, bounded in events and bytes. Whoever reads it has a {@link Follow} with a cursor; of what
 * was let go it knows how many lines there were and where they ended, so that a gap can tell.
 */
final class Topic {
  static final int MAX_EVENTS = 2_000;
  static final int MAX_BYTES = 1 << 20;

  private static final int FEW = 16;
  private static final Follow[] NOBODY = {};

  private final Scope scope;
  private final Set<LineFilter> filters;
  private final ViewerMemory memory;

  @GuardedBy("this")
  private @Nullable Publication[] ring = new Publication[FEW];

  /** The number of the oldest event, and of the next that comes. */
  @GuardedBy("this")
  private long first;

  @GuardedBy("this")
  private long end;

  @GuardedBy("this")
  private int bytes;

  @GuardedBy("this")
  private long used;

  /** Everything after this position is in the ring. */
  @GuardedBy("this")
  private EventId since;

  /** Lines let go until now, with the sequence of the last. */
  @GuardedBy("this")
  private long lost;

  @GuardedBy("this")
  private long lostSequence;

  /** Lines that ever came. */
  @GuardedBy("this")
  private long lines;

  @GuardedBy("this")
  private int members;

  @GuardedBy("this")
  private final Set<Follow> present = new HashSet<>();

  @GuardedBy("this")
  private Follow @Nullable [] list;

  Topic(Scope scope, Set<LineFilter> filters, EventId since, ViewerMemory memory) {
    this.scope = scope;
    this.filters = filters;
    this.since = since;
    this.memory = memory;
  }

  Scope scope() {
    return scope;
  }

  Set<LineFilter> filters() {
    return filters;
  }

  /** Appends what passes of it; returns those to wake, none when nothing passed. */
  Follow[] append(Publication event) {
    Publication passing = event.only(filters).orElse(null);
    return passing == null ? NOBODY : add(passing);
  }

  private synchronized Follow[] add(Publication event) {
    int size = event.size();
    if (end - first == ring.length) {
      grow();
    }
    ring[place(end)] = event;
    end++;
    bytes += size;
    lines += event.count();
    use(event.memory());
    while (end - first > 1 && (bytes > MAX_BYTES || end - first > MAX_EVENTS)) {
      letGo();
    }
    return present();
  }

  @GuardedBy("this")
  private void use(long more) {
    used += more;
    memory.add(more);
  }

  @GuardedBy("this")
  private void grow() {
    @Nullable Publication[] larger = new Publication[2 * ring.length];
    for (long n = first; n < end; n++) {
      larger[(int) (n & (larger.length - 1))] = ring[place(n)];
    }
    ring = larger;
  }

  @GuardedBy("this")
  private int place(long number) {
    return (int) (number & (ring.length - 1));
  }

  @GuardedBy("this")
  private Publication at(long number) {
    Publication event = ring[place(number)];
    if (event == null) {
      throw new IllegalStateException("there is no event of that number");
    }
    return event;
  }

  @GuardedBy("this")
  private void letGo() {
    Publication oldest = at(first);
    ring[place(first)] = null;
    first++;
    bytes -= oldest.size();
    use(-oldest.memory());
    lost += oldest.count();
    lostSequence = oldest.sequence();
    since = oldest.id();
  }

  /** Lines that could not be appended are a gap, together with what is kept. */
  synchronized Follow[] lose(Publication event) {
    empty();
    end++;
    first++; // its place
    lines += event.count();
    lost += event.count();
    lostSequence = event.sequence();
    since = event.id();
    return present();
  }

  /** What came up to that position is to be read elsewhere. */
  synchronized void skip(long sequence, EventId position) {
    empty();
    end++;
    first++; // whoever follows is behind
    lostSequence = sequence;
    since = position;
  }

  @GuardedBy("this")
  private void empty() {
    while (first < end) {
      letGo();
    }
  }

  /** Lets go of the oldest quarter; says how many events that were. */
  synchronized long trim() {
    long before = first;
    for (long count = (end - first + 3) / 4; count > 0; count--) {
      letGo();
    }
    return first - before;
  }

  /** What it takes of the memory of all. */
  synchronized long used() {
    return used;
  }

  @GuardedBy("this")
  private Follow[] present() {
    Follow[] now = list;
    if (now == null) {
      now = present.toArray(NOBODY);
      list = now;
    }
    return now;
  }

  /** Lets a session follow it from now on. */
  synchronized void join(Follow follow) {
    members++;
    toEnd(follow);
  }

  /** Says whether nobody follows it any more; then it takes nothing. */
  synchronized boolean leave(Follow follow) {
    members--;
    absent(follow);
    if (members == 0) {
      empty();
    }
    return members == 0;
  }

  /** From now on it is woken by what comes. */
  synchronized void present(Follow follow) {
    present.add(follow);
    list = null;
  }

  /** Nobody looks: it costs nothing from now on. */
  synchronized void absent(Follow follow) {
    if (present.remove(follow)) {
      list = null;
    }
  }

  /** Puts the cursor to the end. */
  synchronized void toEnd(Follow follow) {
    follow.next = end;
    follow.lines = lines;
  }

  /**
   * Puts the cursor behind that position; false when the ring does not reach back to it, or when it
   * lies within an event: a page of a replay may end there.
   */
  synchronized boolean seek(Follow follow, EventId position) {
    if (position.compareTo(since) < 0) {
      return false;
    }
    toEnd(follow);
    while (follow.next > first && at(follow.next - 1).id().compareTo(position) > 0) {
      follow.next--;
      follow.lines -= at(follow.next).count();
    }
    // Of a message that came for several entities, another's line may be the last received.
    long next = follow.next == end ? Long.MAX_VALUE : at(follow.next).from();
    follow.at = Math.min(position.at(), next - 1);
    return next > position.from();
  }

  /** Whether it has taken all that it wants, up to its end. */
  synchronized boolean isDrained(Follow follow) {
    return follow.next >= end || (follow.next >= first && at(follow.next).sequence() > follow.end);
  }

  /** What it wants and has not taken, as a gap. */
  synchronized Gap untaken(Follow follow) {
    long count = follow.next < first ? lost - follow.lines : 0;
    EventId last = follow.next < first ? since : EventId.upTo(follow.at);
    for (long next = Math.max(first, follow.next); next < end; next++) {
      Publication event = at(next);
      if (event.sequence() > follow.end) {
        break;
      }
      count += event.count();
      last = event.id();
    }
    return new Gap(scope, count, follow.at + 1, last.at(), last);
  }

  /** Whether events were let go that it has not taken. */
  synchronized boolean isBehind(Follow follow) {
    return follow.next < first;
  }

  /**
   * Adds what lies after the cursor, up to about that many bytes, a gap first where events were let
   * go.
   *
   * @param upTo the last sequence that may be taken
   * @return the sequence of the first that is wanted and was not added; the largest long for none
   */
  synchronized long read(Follow follow, long upTo, int maxBytes, List<Follow.Item> items) {
    long next = follow.next;
    long before = follow.lines;
    if (next < first) {
      if (lostSequence > upTo) {
        return lostSequence; // a moment later
      }
      next = first;
      Gap gap = new Gap(scope, lost - before, follow.at + 1, since.at(), since);
      before = lost;
      // Before what others have: it stands for lines that may be earlier than theirs.
      items.add(new Follow.Item(follow, 0, gap, next, before));
    }
    for (int taken = 0; next < end && taken < maxBytes; next++) {
      Publication event = at(next);
      if (event.sequence() > Math.min(upTo, follow.end)) {
        break;
      }
      taken += event.size();
      before += event.count();
      items.add(new Follow.Item(follow, event.sequence(), event, next + 1, before));
    }
    return next < end && at(next).sequence() <= follow.end ? at(next).sequence() : Long.MAX_VALUE;
  }
}
