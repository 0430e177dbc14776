package org.fleetcast.mqtt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has arrived on one channel and is not acknowledged yet: a queue, and the one batch under
 * way.
 *
 * <p>The queue is bounded without ever blocking Paho, whose threads also read the answers to its
 * pings. What arrives beyond the limit is left with the broker, unacknowledged, and so is all that
 * follows, or the order would be lost; once everything before it is worked off, a new connection
 * makes the broker deliver it again. Mosquitto gets there only with a very long backlog, after
 * which its window of 20 no longer holds: each acknowledgement lets 20 more go.
 *
 * <p>Not safe for threads: its publisher guards it.
 */
final class Inbox {
  private final BatchLimits limits;
  private final Deque<UnackedMessage> queue = new ArrayDeque<>();
  private List<UnackedMessage> underWay = List.of();
  private long bytes;
  private @Nullable MqttConnection overflowing;

  Inbox(BatchLimits limits) {
    this.limits = limits;
  }

  /** Takes the message in, unless its connection has ended or the limit is reached. */
  boolean offer(UnackedMessage arrival) {
    if (!arrival.connection().isOpen()) {
      return false;
    }
    if (overflowing == arrival.connection() || isFull(arrival)) {
      overflowing = arrival.connection();
      return false;
    }
    queue.add(arrival);
    bytes += arrival.size();
    return true;
  }

  private boolean isFull(UnackedMessage arrival) {
    int unacked = unacked();
    return unacked >= limits.unackedMessages()
        || (unacked > 0 && bytes + arrival.size() > limits.unackedBytes());
  }

  /**
   * Whether there is something for a batch, and none is under way. What a connection brings before
   * it knows its subscription waits until it does.
   */
  boolean isReady() {
    UnackedMessage first = queue.peek();
    return underWay.isEmpty() && first != null && first.connection().subscription() > 0;
  }

  /** The next batch, in the order of arrival; it is under way until it is settled. */
  List<UnackedMessage> take() {
    List<UnackedMessage> batch = new ArrayList<>();
    long size = 0;
    for (UnackedMessage next = queue.peek(); next != null; next = queue.peek()) {
      size += next.size();
      if (batch.size() == limits.batchMessages()
          || (!batch.isEmpty() && size > limits.batchBytes())) {
        break;
      }
      batch.add(queue.remove());
    }
    underWay = List.copyOf(batch);
    return underWay;
  }

  /** The batch under way is acknowledged or given up. */
  void settle() {
    bytes -= size(underWay);
    underWay = List.of();
  }

  /** Forgets what the connection brought and nobody has taken: the broker delivers it again. */
  void forget(MqttConnection connection) {
    queue.removeIf(arrival -> arrival.connection() == connection);
    bytes = size(underWay) + size(queue);
    if (overflowing == connection) {
      overflowing = null;
    }
  }

  boolean isUnderWay() {
    return !underWay.isEmpty();
  }

  /** The connection of which messages were left with the broker, once all before them is done. */
  @Nullable MqttConnection drainedAfterOverflow() {
    return unacked() == 0 ? overflowing : null;
  }

  int unacked() {
    return queue.size() + underWay.size();
  }

  private static long size(Iterable<UnackedMessage> arrivals) {
    long size = 0;
    for (UnackedMessage arrival : arrivals) {
      size += arrival.size();
    }
    return size;
  }
}
