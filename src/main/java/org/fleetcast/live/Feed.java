package org.fleetcast.live;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a session gets of one scope: the lines that the filter of any of its selectors lets pass,
 * each once. Not safe for threads: the session's lock guards it.
 *
 * <p>A tail is joined to the live lines without hole or double: from {@link #sentFrom} on, where it
 * began to follow, all lines come out of the log, which keeps them meanwhile; of what was read only
 * that is shown which is before.
 */
final class Feed {
  private final Log log;
  private final Cursor cursor;

  /** Of its selectors, mostly one; a new map for each change. */
  private Map<Selector, LineFilter> filters;

  private @Nullable PendingTail pending;
  private Follow follow;

  /** From this time on every line that passes was or will be sent, in microseconds since 1970. */
  private long sentFrom;

  /** The position from which on its viewer is to have it; a resumed one goes back to it at most. */
  private EventId joined;

  /** Up to there lines were given from what was stored. */
  private EventId given = EventId.NONE;

  /**
   * How many lines before {@link #sentFrom} a gap counted: a second tail does not count them again.
   */
  private int toldMissing;

  /** A tail that is being read, and what waits for it. */
  private static final class PendingTail {
    private TailRequest asked;

    /** How far the log reached when it was asked for. */
    private final Log.Mark since;

    private final Map<Selector, Subscription> later = new LinkedHashMap<>();

    /** Earlier places, for other filters. */
    private final List<Follow> before = new ArrayList<>();

    PendingTail(TailRequest asked, Log.Mark since) {
      this.asked = asked;
      this.since = since;
    }
  }

  Feed(Scope scope, Selector selector, LineFilter filter, Log log, Cursor cursor) {
    this.log = log;
    this.cursor = cursor;
    filters = Map.of(selector, filter);
    Log.Joined place = log.join(cursor, scope, chosen());
    follow = place.follow();
    sentFrom = place.mark().position() + 1;
    joined = place.mark().id();
    cursor.listen(follow);
  }

  private Set<LineFilter> chosen() {
    return filters.containsValue(LineFilter.NONE) ? Set.of() : Set.copyOf(filters.values());
  }

  Scope scope() {
    return follow.topic.scope();
  }

  Follow follow() {
    return follow;
  }

  EventId joined() {
    return joined;
  }

  /** Whether it sends a line of that entity, or has sent it. */
  boolean sends(String entityId, LiveLine line) {
    Set<LineFilter> chosen = follow.topic.filters();
    return line.at() >= sentFrom
        && log.includes(scope(), entityId)
        && (chosen.isEmpty() || chosen.stream().anyMatch(filter -> filter.passes(line.text())));
  }

  /** Where it has to go on when all before that position was taken. */
  Replay.Part part(EventId from) {
    return new Replay.Part(scope(), follow.topic.filters(), from.max(joined).max(given));
  }

  void gaveUntil(EventId position) {
    given = position;
  }

  @Nullable LineFilter filterOf(Selector selector) {
    return filters.get(selector);
  }

  /** Follows it for that selector too, or from now on through another filter. */
  void put(Selector selector, LineFilter filter) {
    Map<Selector, LineFilter> changed = new HashMap<>(filters);
    changed.put(selector, filter);
    filters = Map.copyOf(changed);
    choose();
  }

  /** Follows it for that selector no more; says whether any is left. It is over with the last. */
  boolean remove(Selector selector) {
    Map<Selector, LineFilter> changed = new HashMap<>(filters);
    changed.remove(selector);
    filters = Map.copyOf(changed);
    if (!filters.isEmpty()) {
      choose();
      return true;
    }
    if (pending == null) {
      cursor.leave(follow, log.published().sequence());
    } else {
      pending.before.forEach(cursor::leaveNow);
      cursor.leaveNow(follow);
    }
    pending = null;
    return false;
  }

  /** What was published before goes out as it passed then. */
  private void choose() {
    Set<LineFilter> chosen = chosen();
    if (chosen.equals(follow.topic.filters())) {
      return;
    }
    Log.Joined place = log.join(cursor, scope(), chosen);
    cursor.leave(follow, place.mark().sequence());
    if (pending == null) {
      sentFrom = place.mark().position() + 1; // other lines than these were sent until now
      toldMissing = 0;
    } else {
      pending.before.add(follow);
      place.follow().held = true;
    }
    follow = place.follow();
    cursor.listen(follow);
  }

  /** A viewer comes who has seen nothing: returns whether its lines go on from the end. */
  boolean startAnew() {
    toldMissing = 0;
    given = EventId.NONE;
    if (pending != null) {
      startAt(pending.since); // what was published before is for the tail to show
      follow.topic.seek(follow, pending.since.id());
    }
    return pending == null;
  }

  /** All lines go on after that mark. */
  void startAt(Log.Mark mark) {
    sentFrom = mark.position() + 1;
    joined = mark.id();
  }

  /** It was joined earlier, at another replica. */
  void joinedAt(EventId position) {
    joined = joined.min(position);
    sentFrom = joined.at() + 1;
  }

  /** Goes back to a position; false when the log does not reach back to it. */
  boolean seek(EventId position) {
    given = EventId.NONE;
    boolean reaches = follow.topic.seek(follow, position.max(joined));
    return pending != null || reaches;
  }

  boolean isBehind() {
    return pending == null && follow.topic.isBehind(follow);
  }

  /**
   * Has its viewer get what came after an earlier position too.
   *
   * @param fresh whether nothing was taken of it
   * @return what is to be read for that; empty when the log has it, or it was sent already
   */
  Optional<Replay> joinAfter(EventId position, boolean fresh) {
    if (position.at() + 1 >= sentFrom) {
      return Optional.empty();
    }
    EventId until = EventId.upTo(sentFrom - 1);
    joined = joined.min(position);
    sentFrom = position.from() + 1;
    if (fresh && follow.topic.seek(follow, position)) {
      cursor.goOn(follow);
      return Optional.empty();
    }
    Replay.Part part = new Replay.Part(scope(), follow.topic.filters(), position);
    return Optional.of(new Replay(List.of(part), position, until.to()));
  }

  /**
   * Lets live lines wait for a tail from now on; empty when they do already, and this one comes
   * after that.
   */
  Optional<TailRequest> hold(Subscription wanted) {
    if (pending != null) {
      pending.later.put(wanted.selector(), wanted);
      return Optional.empty();
    }
    TailRequest asked = new TailRequest(wanted);
    pending = new PendingTail(asked, log.published());
    follow.held = true;
    return Optional.of(asked);
  }

  boolean awaits(TailRequest asked) {
    return pending != null && pending.asked == asked;
  }

  /** Shows a tail that it waited for, as far as it is not sent otherwise. */
  void show(Subscription wanted, Tail read, Function<Publication, Optional<Publication>> unsent) {
    if (!wanted.filter().equals(filters.get(wanted.selector()))) {
      return;
    }
    Tail shown = cursor.isFull() ? read.asGap() : read; // whoever takes nothing holds no more
    int untold = shown.missing() - toldMissing;
    if (untold > 0) {
      cursor.putMissing(shown.gap(sentFrom, untold));
      toldMissing = shown.missing();
    }
    long before = sentFrom;
    for (Publication part : shown.parts()) {
      part.before(before).flatMap(unsent).ifPresent(cursor::put);
      sentFrom = Math.min(sentFrom, part.from());
    }
  }

  /** Lets live lines through again, unless there is another tail to wait for, which it returns. */
  Optional<TailRequest> release() {
    PendingTail done = Objects.requireNonNull(pending, "no tail is awaited");
    Optional<Subscription> next = done.later.values().stream().findFirst();
    if (next.isPresent()) {
      done.later.remove(next.get().selector());
      done.asked = new TailRequest(next.get());
      return Optional.of(done.asked);
    }
    pending = null;
    done.before.add(follow);
    done.before.forEach(place -> cursor.released(place, joined));
    return Optional.empty();
  }
}
