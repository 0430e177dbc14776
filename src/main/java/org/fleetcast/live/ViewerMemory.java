package org.fleetcast.live;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of all that is kept for viewers: the log, and what was sent and is not taken. Beyond
 * the limit the log lets go of its oldest events. Subscriptions, of which nothing can be taken
 * away, have a limit of their own.
 */
@Singleton
public class ViewerMemory {
  /** Of the heap. */
  private static final int PART = 4;

  /** Of what subscriptions of all may take, what those of one subject may. */
  private static final int PART_FOR_ONE = 4;

  private final long limit;
  private final long subscriptionLimit;
  private final AtomicLong subscriptions = new AtomicLong();
  private final AtomicLong used = new AtomicLong();

  @Inject
  public ViewerMemory() {
    this(Runtime.getRuntime().maxMemory() / PART, Runtime.getRuntime().maxMemory() / (2 * PART));
  }

  ViewerMemory(long limit, long subscriptionLimit) {
    this.limit = limit;
    this.subscriptionLimit = subscriptionLimit;
  }

  /** Counts that many bytes more, or less. */
  void add(long bytes) {
    used.addAndGet(bytes);
  }

  boolean isExceeded() {
    return used.get() > limit;
  }

  long used() {
    return used.get();
  }

  long limit() {
    return limit;
  }

  /** Counts that many bytes more of subscriptions, or less; returns how many there are then. */
  long addSubscriptions(long bytes) {
    return subscriptions.addAndGet(bytes);
  }

  long subscriptions() {
    return subscriptions.get();
  }

  /** How many bytes the subscriptions of all may take. */
  long subscriptionLimit() {
    return subscriptionLimit;
  }

  /** How many bytes those of one subject may take. */
  long subscriptionLimitForOne() {
    return subscriptionLimit / PART_FOR_ONE;
  }
}
