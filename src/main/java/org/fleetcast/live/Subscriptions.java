package org.fleetcast.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * What a session follows, and for whom. Devices may share an entity: it is followed until the last
 * of them goes. Not safe for threads: the session's lock guards it.
 */
final class Subscriptions {
  private final Log log;
  private final Cursor cursor;
  private final SubjectUsage usage;
  private final Map<Selector, Scope> scopes = new LinkedHashMap<>(2);
  private final Map<Scope, Feed> feeds = new LinkedHashMap<>(2);

  Subscriptions(Log log, Cursor cursor, SubjectUsage usage) {
    this.log = log;
    this.cursor = cursor;
    this.usage = usage;
  }

  /** What comes of this scope; null when it is not followed. */
  @Nullable Feed feed(Scope scope) {
    return feeds.get(scope);
  }

  Collection<Feed> feeds() {
    return feeds.values();
  }

  /**
   * Follows something, or changes its filter, without missing a line in between.
   *
   * @throws Problem 429 when that would be more than the limit, 429 or 503 when the subscriptions
   *     of the subject or of all take too much memory
   */
  Feed put(Selector selector, Scope scope, LineFilter filter, int limit) {
    if (!scopes.containsKey(selector) && scopes.size() >= limit) {
      throw Problem.of(
              ProblemCode.TOO_MANY_CONNECTIONS, "A stream can follow at most " + limit + " devices")
          .retryAfter(Duration.ofMinutes(1));
    }
    exchange(filterOf(selector), filter);
    return follow(selector, scope, filter);
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

  private @Nullable LineFilter filterOf(Selector selector) {
    Scope scope = scopes.get(selector);
    Feed feed = scope == null ? null : feeds.get(scope);
    return feed == null ? null : feed.filterOf(selector);
  }

  private Feed follow(Selector selector, Scope scope, LineFilter filter) {
    boolean fresh = !has(selector, scope);
    if (fresh) {
      drop(selector);
    }
    Feed feed = feeds.get(scope);
    if (feed == null) {
      feed = new Feed(scope, selector, filter, log, cursor);
      feeds.put(feed.scope(), feed); // which all who follow it share
    } else {
      feed.put(selector, filter);
    }
    if (fresh) {
      scopes.put(selector, feed.scope());
      log.counted(1);
    }
    return feed;
  }

  /** Stops following something; says whether it was followed. */
  boolean remove(Selector selector) {
    LineFilter filter = drop(selector);
    if (filter != null) {
      usage.give(filter);
    }
    return filter != null;
  }

  /** Stops following something; returns the filter, whose memory is still taken. */
  private @Nullable LineFilter drop(Selector selector) {
    LineFilter filter = filterOf(selector);
    Scope scope = scopes.remove(selector);
    if (scope == null) {
      return null;
    }
    Feed feed = feeds.get(scope);
    if (feed != null && !feed.remove(selector)) {
      feeds.remove(scope);
    }
    log.counted(-1);
    return filter;
  }

  /** All of them, each with the position from which on its viewer is to have it. */
  List<Subscription> kept() {
    List<Subscription> kept = new ArrayList<>();
    scopes.forEach(
        (selector, scope) -> {
          Feed feed = feeds.get(scope);
          LineFilter filter = feed == null ? null : feed.filterOf(selector);
          if (feed != null && filter != null) {
            kept.add(new Subscription(selector, scope, filter, 0, feed.joined()));
          }
        });
    return kept;
  }

  /**
   * Follows a device, if it does, under its new entity; null for none.
   *
   * @return whether it did
   */
  boolean move(int deviceId, @Nullable String entityId) {
    Selector selector = Selector.device(deviceId);
    Scope scope = entityId == null ? null : new Scope.Entity(entityId);
    if (scope != null && scope.equals(scopes.get(selector))) {
      return false;
    }
    LineFilter filter = drop(selector);
    if (filter != null && scope != null) {
      Feed moved = follow(selector, scope, filter);
      assert moved.scope().equals(scope);
    } else if (filter != null) {
      usage.give(filter);
    }
    return filter != null;
  }

  /** Ends all. */
  void clear() {
    List.copyOf(scopes.keySet()).forEach(this::remove);
    cursor.clear();
  }

  /** What of a tail is not sent by another feed than that of its scope. */
  Optional<Publication> unsent(Publication stored, Scope own) {
    return but(stored, feeds.values().stream().filter(f -> !f.scope().equals(own)).toList());
  }

  /**
   * What of a replay is not sent by a feed that was there before those of its scopes, since one of
   * two has to send what both replay, or by one that waits for a tail.
   */
  Optional<Publication> unsent(Publication stored, Collection<Scope> own) {
    List<Feed> others =
        new ArrayList<>(feeds.values().stream().takeWhile(f -> !own.contains(f.scope())).toList());
    feeds.values().stream()
        .filter(feed -> feed.follow().held && !own.contains(feed.scope()))
        .forEach(others::add);
    return but(stored, others);
  }

  private static Optional<Publication> but(Publication stored, List<Feed> others) {
    return others.isEmpty()
        ? Optional.of(stored)
        : stored.except(
            line -> others.stream().anyMatch(feed -> feed.sends(stored.entityId(), line)));
  }

  /** Whether that is followed already, for the same scope. */
  boolean has(Selector selector, Scope scope) {
    return scope.equals(scopes.get(selector));
  }

  /** Whether it follows a model or the fleet. */
  boolean isOfMany() {
    return scopes.keySet().stream().anyMatch(selector -> selector.many() != null);
  }

  /** The first device of that scope; null when it is of none, or not followed any more. */
  @Nullable Integer deviceOf(Scope scope) {
    Optional<Integer> first =
        byDevice().entrySet().stream()
            .filter(entry -> entry.getValue().equals(scope.entityId()))
            .map(Map.Entry::getKey)
            .findFirst();
    return first.orElse(null);
  }

  /** The devices, ascending, with the entity id of each. */
  TreeMap<Integer, String> byDevice() {
    TreeMap<Integer, String> devices = new TreeMap<>();
    scopes.forEach(
        (selector, scope) -> {
          String entityId = scope.entityId();
          if (selector.deviceId() != null && entityId != null) {
            devices.put(selector.deviceId(), entityId);
          }
        });
    return devices;
  }

  /** All places in the log. */
  List<Follow> follows() {
    List<Follow> all = new ArrayList<>();
    feeds.values().forEach(feed -> all.add(feed.follow()));
    return all;
  }
}
