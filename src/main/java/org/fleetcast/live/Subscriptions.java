package org.fleetcast.live;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * Which devices a session follows, and under which entity. Devices may share an entity: it is
 * followed until the last of them goes. Not safe for threads: the session's lock guards it.
 */
final class Subscriptions {
  private final Session session;
  private final Mailbox mailbox;
  private final TopicIndex followers;
  private final SubjectUsage usage;
  private final TreeMap<Integer, String> entityByDevice = new TreeMap<>();
  private final Map<String, TopicSubscription> feeds = new HashMap<>();

  /** Of the feeds that wait for the viewer, from where on they find what they missed. */
  private final Map<String, Backlog.Position> left = new HashMap<>(0);

  Subscriptions(Session session, Mailbox mailbox, TopicIndex followers, SubjectUsage usage) {
    this.session = session;
    this.mailbox = mailbox;
    this.followers = followers;
    this.usage = usage;
  }

  /** What comes of this entity; null when it is not followed. */
  @Nullable TopicSubscription feed(String entityId) {
    return feeds.get(entityId);
  }

  /**
   * Follows a device, or changes its filter, without missing a line in between.
   *
   * @return what is to be released when the tail that was asked for has been read
   * @throws Problem 429 when that would be more devices than the limit, 429 or 503 when the
   *     subscriptions of the subject or of all take too much memory
   */
  Optional<PendingTail> put(Subscription wanted, int limit) {
    int deviceId = wanted.deviceId();
    if (!entityByDevice.containsKey(deviceId) && entityByDevice.size() >= limit) {
      throw Problem.of(
              ProblemCode.TOO_MANY_CONNECTIONS, "A stream can follow at most " + limit + " devices")
          .retryAfter(Duration.ofMinutes(1));
    }
    exchange(filterOf(deviceId), wanted.filter());
    return follow(wanted);
  }

  /** Takes memory for one instead of another; nothing has changed when that is refused. */
  private void exchange(@Nullable LineFilter before, LineFilter after) {
    if (before != null) {
      usage.give(before);
    }
    boolean taken = false;
    try {
      usage.take(after);
      taken = true;
    } finally {
      if (!taken && before != null) {
        usage.keep(before);
      }
    }
  }

  private @Nullable LineFilter filterOf(int deviceId) {
    TopicSubscription feed = feeds.get(entityByDevice.getOrDefault(deviceId, ""));
    return feed == null ? null : feed.filterOf(deviceId);
  }

  private Optional<PendingTail> follow(Subscription wanted) {
    int deviceId = wanted.deviceId();
    if (!wanted.entityId().equals(entityByDevice.get(deviceId))) {
      drop(deviceId);
      entityByDevice.put(deviceId, wanted.entityId());
      followers.counted(1);
    }
    comeBack(wanted.entityId());
    TopicSubscription feed = feeds.computeIfAbsent(wanted.entityId(), this::begin);
    feed.put(deviceId, wanted.filter());
    return wanted.tail() > 0 ? feed.hold(wanted) : Optional.empty();
  }

  private TopicSubscription begin(String entityId) {
    TopicSubscription feed = new TopicSubscription(session);
    followers.add(entityId, feed);
    return feed;
  }

  /** Stops following a device; says whether it was followed. */
  boolean remove(int deviceId) {
    LineFilter filter = drop(deviceId);
    if (filter != null) {
      usage.give(filter);
    }
    return filter != null;
  }

  /** Stops following a device; gives the filter, whose memory is still taken. */
  private @Nullable LineFilter drop(int deviceId) {
    LineFilter filter = filterOf(deviceId);
    String entityId = entityByDevice.remove(deviceId);
    if (entityId == null) {
      return null;
    }
    comeBack(entityId);
    TopicSubscription feed = feeds.get(entityId);
    if (feed != null && !feed.remove(deviceId)) {
      feeds.remove(entityId);
      followers.remove(entityId, feed);
    }
    followers.counted(-1);
    return filter;
  }

  /** Follows a device, if it does, under its new entity; null for none. */
  void move(int deviceId, @Nullable String entityId) {
    LineFilter filter = drop(deviceId);
    if (filter != null && entityId != null) {
      Optional<PendingTail> none = follow(new Subscription(deviceId, entityId, filter, 0));
    } else if (filter != null) {
      usage.give(filter);
    }
  }

  /** Nobody looks from now on: what comes is kept outside the mailbox where that can be. */
  void leave() {
    feeds.forEach(
        (entityId, feed) -> {
          if (feed.takesAll() && !left.containsKey(entityId)) {
            left.put(entityId, followers.leave(entityId, feed));
          }
        });
  }

  /** Puts into the mailbox what came since, and from now on what comes. */
  void comeBack() {
    List.copyOf(left.keySet()).forEach(this::comeBack);
  }

  private void comeBack(String entityId) {
    Backlog.Position position = left.get(entityId);
    TopicSubscription feed = feeds.get(entityId);
    if (position != null && feed != null) {
      List<Backlog.Missed> missed = followers.comeBack(entityId, feed, position);
      left.remove(entityId); // not before: if that throws, it is still away
      feed.catchUp(missed, mailbox);
    }
  }

  /** Of about that much of what is kept outside gaps stand in the mailbox instead. */
  long giveUp(long wanted) {
    long freed = 0;
    for (String entityId : List.copyOf(left.keySet())) {
      freed += freed < wanted ? giveUp(entityId) : 0;
    }
    return freed;
  }

  private long giveUp(String entityId) {
    Backlog.Position position = Objects.requireNonNull(left.get(entityId), "just seen");
    TopicSubscription feed =
        Objects.requireNonNull(feeds.get(entityId), "followed until it comes back");
    long share = followers.share(entityId, position);
    if (share > 0) {
      List<Backlog.Missed> missed = followers.comeBack(entityId, feed, position);
      left.remove(entityId);
      feed.giveUp(missed, mailbox);
      left.put(entityId, followers.leaveAnew(entityId, feed));
    }
    return share;
  }

  /** What all take of what waits for viewers, beside the mailbox. */
  long share() {
    return feeds.values().stream().mapToLong(TopicSubscription::share).sum()
        + left.entrySet().stream()
            .mapToLong(away -> followers.share(away.getKey(), away.getValue()))
            .sum();
  }

  /** As {@link Mailbox#trim}, for what waits for tails. */
  long trim(long wanted) {
    long freed = 0;
    for (TopicSubscription feed : feeds.values()) {
      freed += freed < wanted ? feed.trim(wanted - freed) : 0;
    }
    return freed;
  }

  /** Ends all; nobody will ask for what is in the mailbox or was kept outside. */
  void clear() {
    left.forEach(
        (entityId, position) -> {
          TopicSubscription feed =
              Objects.requireNonNull(feeds.get(entityId), "followed until it comes back");
          List<Backlog.Missed> unread = followers.comeBack(entityId, feed, position);
        });
    left.clear();
    List.copyOf(entityByDevice.keySet()).forEach(this::remove);
  }

  /** A viewer comes who has seen nothing: tails leave out nothing for it. */
  void forgetSent() {
    feeds.values().forEach(TopicSubscription::forgetSent);
  }

  /** The first device of that entity; null when none is followed any more. */
  @Nullable Integer deviceOf(String entityId) {
    return entityByDevice.entrySet().stream()
        .filter(entry -> Objects.equals(entry.getValue(), entityId))
        .map(entry -> entry.getKey())
        .findFirst()
        .orElse(null);
  }

  SortedSet<Integer> devices() {
    return new TreeSet<>(entityByDevice.keySet());
  }

  Map<Integer, String> byDevice() {
    return Map.copyOf(entityByDevice);
  }
}
