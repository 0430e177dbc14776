package org.fleetcast.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.SteadyClock;

/**
 * What was published lately, of all that anybody follows. Events are appended one message at a
 * time, to every topic that they are for; then all of it is published at once, by one number, up to
 * which readers may take. So what a reader finds in several topics is whole, and in one order.
 *
 * <p>Whoever begins to follow waits for the message that is being appended.
 */
final class Log {
  private static final String WHERE = "live";

  /** So much of the limit is made free at once. */
  private static final int PART_FREED = 8;

  /** Less than that part of the limit in all topics is not worth being freed. */
  private static final int PART_TOO_SMALL = 100;

  /** So many wait at once for what other replicas have; whoever comes then has to come again. */
  private static final int MOST_WAITING = 64;

  private static final Duration A_MOMENT = Duration.ofMillis(2);
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final Object turn = new Object();
  private final Semaphore waiting = new Semaphore(MOST_WAITING);
  private final ConcurrentMap<Scope, Map<Set<LineFilter>, Topic>> topics =
      new ConcurrentHashMap<>();
  private final AtomicLong subscriptions = new AtomicLong();
  private final Members members;
  private final ViewerMemory memory;
  private final LiveMetrics metrics;
  private final InternalFaults faults;

  @GuardedBy("turn")
  private long sequence;

  private volatile Mark published = new Mark(0, 0);

  /** How far this log may be behind another replica's, which a viewer has seen; zero for none. */
  private volatile Duration lag = Duration.ZERO;

  private volatile Predicate<Instant> complete = at -> true;

  /** How many topics are not of one entity. */
  private volatile int many;

  /**
   * How far the log reaches.
   *
   * @param sequence of the last event
   * @param position the time of the last line, also of those that nobody follows, in microseconds
   *     since 1970
   */
  record Mark(long sequence, long position) {
    EventId id() {
      return EventId.upTo(position);
    }
  }

  Log(Members members, ViewerMemory memory, LiveMetrics metrics, InternalFaults faults) {
    this.members = members;
    this.memory = memory;
    this.metrics = metrics;
    this.faults = faults;
  }

  Mark published() {
    return published;
  }

  /**
   * From now on others publish too, and this log may come later.
   *
   * @param by so long a reader waits for it
   * @param complete whether it has all that anybody had published at a moment
   */
  void mayLag(Duration by, Predicate<Instant> complete) {
    this.complete = complete;
    lag = by;
  }

  /**
   * Waits a little for a position that another replica's log may have reached. One that this log
   * has not got, though it is not behind, is none of ours.
   *
   * @param asked when a reader came with it, by the steady clock
   * @return false when this log is further behind: what came up to there would be read twice
   */
  boolean reaches(EventId seen, Instant asked) {
    return reaches(seen, asked, SteadyClock.now());
  }

  /**
   * The same.
   *
   * @param since from when on it may be waited for
   */
  private boolean reaches(EventId seen, Instant asked, Instant since) {
    if (isHere(seen) || complete.test(asked)) {
      return true;
    }
    if (!waiting.tryAcquire()) {
      return false; // each has a thread of the server meanwhile
    }
    try {
      Instant end = since.plus(lag);
      boolean here = false;
      while (!here && SteadyClock.now().isBefore(end)) {
        LockSupport.parkNanos(A_MOMENT.toNanos());
        here = isHere(seen) || complete.test(asked);
      }
      return here;
    } finally {
      waiting.release();
    }
  }

  private boolean isHere(EventId seen) {
    return lag.isZero() || seen.equals(EventId.NONE) || seen.isWithin(published.position);
  }

  /**
   * The same as {@link #reaches}.
   *
   * @param since from when on it may be waited for
   * @throws Problem 503 when this log is further behind
   */
  void await(EventId seen, Instant asked, Instant since) {
    if (!reaches(seen, asked, since)) {
      throw Problem.of(
              ProblemCode.SERVICE_UNAVAILABLE, "This replica does not have all lines right now")
          .retryAfter(AGAIN);
    }
  }

  /** What there was before the start is never published any more. */
  void startAfter(long position) {
    synchronized (turn) {
      published = new Mark(sequence, Math.max(position, published.position));
    }
  }

  /** What was published up to that position elsewhere never comes here: it is behind everybody. */
  void skipTo(long position) {
    synchronized (turn) {
      published = new Mark(++sequence, position);
      topics.values().forEach(each -> each.values().forEach(t -> t.skip(sequence, published.id())));
    }
  }

  /** Whether anybody follows the entity: if not, nothing needs to be encoded for it. */
  boolean follows(String entityId) {
    return topics.containsKey(new Scope.Entity(entityId)) || followsMany(entityId);
  }

  /** Whether the lines of an entity are of that scope. */
  boolean includes(Scope scope, String entityId) {
    String one = scope.entityId();
    if (one != null) {
      return one.equals(entityId);
    }
    Set<Integer> models = members.modelsOf(entityId);
    return scope instanceof Scope.Model model ? models.contains(model.id()) : !models.isEmpty();
  }

  private boolean followsMany(String entityId) {
    return many > 0 && !members.modelsOf(entityId).isEmpty();
  }

  /**
   * Appends the events of one message, and wakes who follows them.
   *
   * @param message returns its events in the order of their last lines, of entities that are
   *     followed then: who begins to follow meanwhile would miss what is left out for him
   * @param last the time of the last line of the message
   */
  void append(Supplier<List<Publication>> message, long last) {
    List<Follow[]> told = new ArrayList<>();
    synchronized (turn) {
      List<Publication> events = message.get();
      long before = published.position;
      for (int i = 0; i < events.size(); i++) {
        Publication event = events.get(i);
        boolean all = i == events.size() - 1;
        long at = all ? last : event.last();
        append(event.place(++sequence, new EventId(at, all ? at : before, last)), told);
      }
      published = new Mark(sequence, last);
      trim();
    }
    for (Follow[] each : told) {
      for (Follow follow : each) {
        follow.wake();
      }
    }
  }

  @GuardedBy("turn")
  private void append(Publication event, List<Follow[]> told) {
    for (Topic topic : topicsOf(event.entityId())) {
      Follow[] present;
      try {
        present = topic.append(event);
      } catch (Throwable fault) {
        faults.survived(WHERE, fault);
        present = topic.lose(event);
      }
      for (Follow follow : present) {
        follow.mark();
      }
      if (present.length > 0) {
        told.add(present);
      }
    }
    event.filtered();
  }

  @GuardedBy("turn")
  private Collection<Topic> topicsOf(String entityId) {
    Collection<Topic> own = topicsOf(new Scope.Entity(entityId));
    if (!followsMany(entityId)) {
      return own;
    }
    List<Topic> all = new ArrayList<>(own);
    all.addAll(topicsOf(Scope.FLEET));
    members.modelsOf(entityId).forEach(model -> all.addAll(topicsOf(new Scope.Model(model))));
    return all;
  }

  @GuardedBy("turn")
  private Collection<Topic> topicsOf(Scope scope) {
    return topics.getOrDefault(scope, Map.of()).values();
  }

  /** Of the largest topics the oldest events go first, until all fit into memory. */
  @GuardedBy("turn")
  private void trim() {
    if (!memory.isExceeded()) {
      return;
    }
    List<Topic> all = topics.values().stream().flatMap(each -> each.values().stream()).toList();
    long held = all.stream().mapToLong(Topic::used).sum();
    long goal = memory.limit() - memory.limit() / PART_FREED;
    while (memory.used() > goal && held > memory.limit() / PART_TOO_SMALL) {
      Topic largest = all.stream().max(Comparator.comparingLong(Topic::used)).orElseThrow();
      metrics.trimmed(largest.trim());
      held = all.stream().mapToLong(Topic::used).sum();
    }
  }

  /** A place at the end of the log of what is followed, as these filters let it pass. */
  Joined join(Follow.Reader reader, Scope scope, Set<LineFilter> filters) {
    synchronized (turn) {
      Topic topic =
          topics
              .computeIfAbsent(scope, unknown -> new LinkedHashMap<>())
              .computeIfAbsent(filters, all -> new Topic(scope, filters, published.id(), memory));
      if (scope.entityId() == null) {
        countMany();
      }
      Follow follow = new Follow(topic, reader);
      topic.join(follow);
      follow.at = published.position;
      return new Joined(follow, published);
    }
  }

  @GuardedBy("turn")
  private void countMany() {
    many = (int) topics.keySet().stream().filter(scope -> scope.entityId() == null).count();
  }

  /** A new place, and where it is. */
  record Joined(Follow follow, Mark mark) {}

  void leave(Follow follow) {
    synchronized (turn) {
      Topic topic = follow.topic;
      if (topic.leave(follow)) {
        topics.computeIfPresent(
            topic.scope(),
            (scope, all) -> {
              all.remove(topic.filters(), topic);
              return all.isEmpty() ? null : all;
            });
        if (topic.scope().entityId() == null) {
          countMany();
        }
      }
    }
  }

  /** Puts all of these cursors to the end, which it returns. */
  Mark toEnd(Collection<Follow> follows) {
    synchronized (turn) {
      for (Follow follow : follows) {
        follow.topic.toEnd(follow);
        follow.at = published.position;
      }
      return published;
    }
  }

  /** How many choices of filters are kept of all that is followed. */
  int topics() {
    synchronized (turn) {
      return topics.values().stream().mapToInt(Map::size).sum();
    }
  }

  /** Counts subscriptions made or ended. */
  void counted(int change) {
    subscriptions.addAndGet(change);
  }

  long subscriptions() {
    return subscriptions.get();
  }
}
