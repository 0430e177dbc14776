package org.fleetcast.door;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The connections on which the head of a request has begun and has not ended, as they were found at
 * each look; and which of them are to be ended: those that take too long or hold too much, and the
 * largest of those that together hold too much.
 */
final class UnfinishedHeads {
  private final Duration deadline;
  private final long mostOfOne;
  private final long mostInAll;
  private Map<Object, Seen> seen = new HashMap<>();

  /**
   * A head that is not whole.
   *
   * @param connection its identity; equal to nothing but itself
   * @param requests how many were whole before it on the same connection
   * @param bytes what it holds in memory
   */
  record Head(Object connection, int requests, long bytes) {}

  private record Seen(int requests, Instant since) {}

  UnfinishedHeads(Duration deadline, long mostOfOne, long mostInAll) {
    this.deadline = deadline;
    this.mostOfOne = mostOfOne;
    this.mostInAll = mostInAll;
  }

  /** Takes notice of all that there are now and gives the connections to end. */
  List<Object> overBounds(List<Head> heads, Instant now) {
    Map<Object, Seen> before = seen;
    seen = new HashMap<>();
    List<Object> ended = new ArrayList<>();
    List<Head> kept = new ArrayList<>();
    for (Head head : heads) {
      Seen last = before.get(head.connection());
      Seen found =
          last != null && last.requests == head.requests() ? last : new Seen(head.requests(), now);
      seen.put(head.connection(), found);
      if (head.bytes() <= mostOfOne && found.since.plus(deadline).isAfter(now)) {
        kept.add(head);
      } else {
        ended.add(head.connection());
      }
    }
    ended.addAll(largest(kept));
    return ended;
  }

  /** The largest first, of equal ones the oldest, until the others fit. */
  private List<Object> largest(List<Head> heads) {
    long held = heads.stream().mapToLong(Head::bytes).sum();
    if (held <= mostInAll) {
      return List.of();
    }
    heads.sort(
        Comparator.comparingLong(Head::bytes)
            .reversed()
            .thenComparing(head -> since(head.connection())));
    List<Object> ended = new ArrayList<>();
    for (Head head : heads) {
      if (held <= mostInAll) {
        break;
      }
      held -= head.bytes();
      ended.add(head.connection());
    }
    return ended;
  }

  private Instant since(Object connection) {
    Seen found = seen.get(connection);
    return found == null ? Instant.MAX : found.since;
  }
}
