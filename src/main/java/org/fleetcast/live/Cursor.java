package org.fleetcast.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Where a session stands in the log, and what of it comes next. Guarded by the session's lock, but
 * for what a publisher touches: it marks places where something new lies, and wakes the stream.
 */
final class Cursor implements Follow.Reader {
  /** So many places that are left may still have something for a reader that is behind. */
  private static final int MOST_LEAVING = 16;

  /** Of tails no more is held for a reader that takes nothing, in bytes: a few of the largest. */
  private static final long MOST_OF_TAILS = 4L * Topic.MAX_BYTES;

  private final Log log;
  private final Queue<Follow> dirty = new ConcurrentLinkedQueue<>();
  private volatile @Nullable StreamConnection connection;

  /** Places that are left, with what was published before. */
  private final List<Follow> leaving = new ArrayList<>(0);

  /** What was read for this session and not taken: a tail, or one page of a replay. */
  private final Deque<Stored> earlier = new ArrayDeque<>(0);

  /** What has to be read and taken before the log goes on. */
  private final Deque<Replay> replays = new ArrayDeque<>(0);

  private boolean asked;

  /** What the viewer has when it has got the last that was taken. */
  private EventId position = EventId.NONE;

  /** The sequence of the last event that moved the position on. */
  private long sequence;

  /** Whether a gap was sent since, which moves nothing: lines of others may be earlier. */
  private boolean told;

  /** All lines up to this position were taken, or did not pass. */
  private EventId considered = EventId.NONE;

  /** Whether lines of a tail were taken, whose ids say nothing of them. */
  private boolean tailed;

  /** How far the log reached at the last take, and whether it left anything. */
  private long seen;

  private boolean more;
  private boolean nudged;

  /** The position that the last nudge carried: whoever has not come so far has not got it. */
  private EventId nudgedAt = EventId.NONE;

  /** Something that was read, and whether it belongs to a replay. */
  private record Stored(Piece piece, boolean replayed) {}

  /** Something to be written, with the id that it carries. */
  record Taken(Piece piece, EventId id) {}

  /** All that is written next. */
  record Batch(boolean nudge, EventId before, List<Taken> pieces) {}

  Cursor(Log log) {
    this.log = log;
  }

  @Nullable StreamConnection connection() {
    return connection;
  }

  @Override
  public void dirty(Follow follow) {
    dirty.add(follow);
  }

  @Override
  public void wake() {
    StreamConnection open = connection;
    if (open != null) {
      open.wake();
    }
  }

  /** Has a place woken by what comes, while there is a stream. */
  void listen(Follow follow) {
    if (connection != null) {
      follow.topic.present(follow);
      follow.mark();
    }
  }

  /** Another stream, or none. */
  void connect(@Nullable StreamConnection next, Collection<Follow> follows) {
    connection = next;
    if (next == null) {
      follows.forEach(follow -> follow.topic.absent(follow));
    } else {
      follows.forEach(this::listen);
      leaving.forEach(Follow::mark);
    }
  }

  /** Takes nothing of that place that comes after a sequence. */
  void leave(Follow follow, long last) {
    follow.end = last;
    follow.topic.absent(follow);
    if (follow.topic.isDrained(follow)) {
      leaveNow(follow);
    } else {
      leaving.add(follow);
      follow.mark();
    }
    if (leaving.size() > MOST_LEAVING) { // each has the publisher keep a topic of its own
      Follow oldest = leaving.remove(0);
      putMissing(oldest.topic.untaken(oldest));
      leaveNow(oldest);
    }
  }

  void leaveNow(Follow follow) {
    if (follow.end >= 0) { // a topic counts who is there
      follow.end = -1;
      log.leave(follow);
    }
  }

  /** What waits for a tail is not lost by this. */
  private void leaveAllButHeld() {
    leaving.stream().filter(follow -> !follow.held).forEach(this::leaveNow);
    leaving.removeIf(follow -> !follow.held);
  }

  private void leaveAll() {
    leaving.forEach(this::leaveNow);
    leaving.clear();
  }

  void clear() {
    leaveAll();
    earlier.clear();
    cancelReplays();
    dirty.clear();
  }

  EventId position() {
    return position;
  }

  void put(Piece stored) {
    earlier.add(new Stored(stored, false));
  }

  /** Whether as much waits for a reader as may. */
  boolean isFull() {
    return earlier.stream()
            .filter(stored -> !stored.replayed)
            .mapToLong(stored -> stored.piece.size())
            .sum()
        >= MOST_OF_TAILS;
  }

  /** A gap, as one with those that wait and say the same: there are as many as scopes. */
  void putMissing(Gap gap) {
    Gap all = gap;
    for (Stored stored : earlier) {
      if (stored.piece instanceof Gap told && !stored.replayed && told.isLike(gap)) {
        all = told.with(all);
      }
    }
    earlier.removeIf(
        stored -> stored.piece instanceof Gap told && !stored.replayed && told.isLike(gap));
    put(all);
  }

  /** The lines of a place need to wait no longer. */
  void released(Follow follow, EventId since) {
    follow.held = false;
    considered = considered.min(since);
    goOn(follow);
  }

  /** Something that was published may lie beyond this place. */
  void goOn(Follow follow) {
    more = true;
    follow.mark();
  }

  void nudge() {
    nudged = true;
  }

  /** A viewer that has nothing, or does not say what it has: all goes on from here. */
  void startAnew(Collection<Feed> feeds) {
    earlier.clear();
    cancelReplays();
    leaveAll();
    nudged = false;
    nudgedAt = EventId.NONE;
    List<Feed> free = feeds.stream().filter(Feed::startAnew).toList();
    Log.Mark mark = log.toEnd(free.stream().map(Feed::follow).toList());
    free.forEach(feed -> feed.startAt(mark));
    startAt(mark.id());
  }

  /** Its next event carries on from there. */
  void startAt(EventId here) {
    moveTo(here);
    considered = here;
    sequence = 0;
  }

  private void moveTo(EventId here) {
    position = here;
    told = false;
  }

  /** A viewer that has all up to a position: it gets what comes after, and nothing twice. */
  void resume(EventId received, Collection<Feed> feeds) {
    boolean all = received.equals(position) && !told && replays.isEmpty();
    EventId from = all ? received.max(considered) : received;
    nudged |= received.compareTo(nudgedAt) < 0;
    nudgedAt = EventId.NONE;
    cancelReplays();
    boolean reaches = true;
    if (all) {
      reaches = feeds.stream().noneMatch(Feed::isBehind);
    } else {
      earlier.removeIf(Stored::replayed);
      leaveAllButHeld();
      considered = received; // what was taken after it was lost on the way
      sequence = 0;
      for (Feed feed : feeds) {
        reaches &= feed.seek(received);
      }
    }
    moveTo(received);
    if (!reaches) {
      replayAll(from, feeds);
    }
    more = true;
  }

  /** Everything after a position is read from what is stored, in one order, and then goes on. */
  private void replayAll(EventId from, Collection<Feed> feeds) {
    List<Feed> free = feeds.stream().filter(feed -> !feed.follow().held).toList();
    List<Replay.Part> parts = free.stream().map(feed -> feed.part(from)).toList();
    Log.Mark mark = log.toEnd(free.stream().map(Feed::follow).toList());
    leaveAllButHeld(); // what is left there was published before
    replays.add(new Replay(parts, from, mark.position()));
  }

  void replay(Replay one) {
    replays.add(one);
  }

  private void cancelReplays() {
    replays.clear();
    asked = false;
  }

  /** What is to be read next; null when nothing is, or not yet. */
  @Nullable Replay nextPage() {
    if (asked || replays.isEmpty() || !earlier.isEmpty()) {
      return null;
    }
    asked = true;
    return replays.peek();
  }

  /** Takes what was read; says whether it is still wanted. */
  boolean page(Replay read, Replay.Page page, Collection<Feed> feeds) {
    if (replays.peek() != read) {
      return false;
    }
    asked = false;
    page.pieces().forEach(piece -> earlier.add(new Stored(piece, true)));
    replays.remove();
    Replay rest = read.beyond(page);
    if (rest.isOver()) {
      over(read, feeds);
    } else {
      replays.addFirst(rest);
    }
    return true;
  }

  private void over(Replay read, Collection<Feed> feeds) {
    List<Scope> scopes = read.parts().stream().map(Replay.Part::scope).toList();
    feeds.stream()
        .filter(feed -> scopes.contains(feed.scope()))
        .forEach(feed -> feed.gaveUntil(EventId.upTo(read.until())));
    if (!replays.isEmpty()) {
      return;
    }
    if (feeds.stream().anyMatch(Feed::isBehind)) {
      replayAll(considered, feeds); // the log could not wait for so long
    } else {
      feeds.forEach(feed -> feed.follow().mark());
      leaving.forEach(Follow::mark);
      more = true;
    }
  }

  /** Whether something can be taken. */
  boolean isWaiting() {
    return nudged
        || !earlier.isEmpty()
        || (replays.isEmpty() && !dirty.isEmpty() && (more || log.published().sequence() > seen));
  }

  /**
   * Takes what comes next, about that many bytes; at least one piece if there is any.
   *
   * @param feeds all that the session follows
   */
  Batch take(int maxBytes, Collection<Feed> feeds) {
    List<Taken> pieces = new ArrayList<>();
    boolean nudge = nudged;
    EventId before = position;
    nudgedAt = nudge ? position : nudgedAt;
    nudged = false;
    int bytes = 0;
    while (!earlier.isEmpty() && bytes < maxBytes) {
      Stored stored = earlier.remove();
      if (stored.replayed && stored.piece.id().compareTo(position) > 0) {
        moveTo(stored.piece.id());
      }
      tailed |= !stored.replayed && stored.piece instanceof Publication;
      bytes += stored.piece.size();
      pieces.add(new Taken(stored.piece, position));
    }
    if (bytes < maxBytes && replays.isEmpty()) {
      takeLive(maxBytes - bytes, pieces);
      if (tailed
          && !more
          && !pieces.isEmpty()
          && feeds.stream().noneMatch(feed -> feed.follow().held)) {
        coverTail(pieces);
      }
    }
    return new Batch(nudge, before, pieces);
  }

  /** Has the last piece carry how far the log was looked at, which is beyond the tail. */
  private void coverTail(List<Taken> pieces) {
    tailed = false;
    if (considered.compareTo(position) > 0) {
      moveTo(considered);
      Taken last = pieces.remove(pieces.size() - 1);
      pieces.add(new Taken(last.piece, position));
    }
  }

  private void takeLive(int maxBytes, List<Taken> pieces) {
    Log.Mark mark = log.published(); // before it is looked what came: all up to there is marked
    seen = mark.sequence();
    List<Follow> changed = changed();
    List<Follow.Item> items = new ArrayList<>();
    long first = Long.MAX_VALUE; // of those that were not read
    int share = Math.max(1, maxBytes / Math.max(1, changed.size()));
    for (Follow follow : changed) {
      long unread = follow.topic.read(follow, seen, share, items);
      first = Math.min(first, unread);
      if (unread < Long.MAX_VALUE) {
        follow.mark();
      }
    }
    if (changed.size() > 1) {
      items.sort(Comparator.comparingLong(Follow.Item::sequence));
    }
    int taken = take(items, first, maxBytes, pieces);
    for (Follow.Item item : items.subList(taken, items.size())) {
      item.follow().mark();
    }
    more = first <= seen || taken < items.size();
    considered = more ? considered.max(position) : mark.id();
    leaving.removeIf(this::isDrained);
  }

  private boolean isDrained(Follow follow) {
    boolean drained = follow.end < 0 || follow.topic.isDrained(follow);
    if (drained) {
      leaveNow(follow);
    } else {
      follow.mark();
    }
    return drained;
  }

  private List<Follow> changed() {
    List<Follow> changed = new ArrayList<>();
    for (Follow follow = dirty.poll(); follow != null; follow = dirty.poll()) {
      follow.unmark();
      if (!follow.held && follow.end >= 0) {
        changed.add(follow);
      }
    }
    return changed;
  }

  /** Takes those before a sequence; says how many. */
  private int take(List<Follow.Item> items, long first, int maxBytes, List<Taken> pieces) {
    int taken = 0;
    int bytes = 0;
    while (taken < items.size() && items.get(taken).sequence() < first && bytes < maxBytes) {
      Follow.Item item = items.get(taken++);
      Piece piece = item.piece();
      item.follow().to(item);
      while (piece instanceof Publication event
          && taken < items.size()
          && items.get(taken).piece() instanceof Publication same
          && same.sequence() == event.sequence()) {
        items.get(taken).follow().to(items.get(taken));
        piece = event.with(same); // two feeds have it
        taken++;
      }
      bytes += piece.size();
      if (item.sequence() > sequence) {
        sequence = item.sequence();
        moveTo(piece.id());
      }
      told |= piece instanceof Gap;
      pieces.add(new Taken(piece, position));
    }
    return taken;
  }
}
