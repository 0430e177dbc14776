package org.fleetcast.live;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The memory of all that waits for viewers: mailboxes with what they keep for resuming, backlogs,
 * held lines and tails. What several hold counts once. Beyond the limit {@link Trimmer} makes it
 * fit again. Subscriptions, of which nothing can be taken away, have a limit of their own.
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
  private final LongAdder trimmed = new LongAdder();
  private final Semaphore exceeded = new Semaphore(0);

  @Inject
  public ViewerMemory() {
    this(Runtime.getRuntime().maxMemory() / PART, Runtime.getRuntime().maxMemory() / (2 * PART));
  }

  ViewerMemory(long limit, long subscriptionLimit) {
    this.limit = limit;
    this.subscriptionLimit = subscriptionLimit;
  }

  /** Counts that many bytes more, or less. Never waits. */
  void add(long bytes) {
    if (used.addAndGet(bytes) > limit && bytes > 0) {
      call();
    }
  }

  private void call() {
    if (exceeded.availablePermits() == 0) {
      exceeded.release();
    }
  }

  /** Waits until it may be over the limit, or until {@link #stop}. */
  void awaitExcess() {
    exceeded.acquireUninterruptibly();
    exceeded.drainPermits();
  }

  /** Lets whoever waits for an excess go. */
  void stop() {
    exceeded.release();
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

  /** Counts that many bytes more of subscriptions, or less; gives how many there are then. */
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

  /** An event was let go to make room. */
  void trimmed() {
    trimmed.increment();
  }

  /** How many events were let go to make room since this was last asked. */
  long takeTrimmed() {
    return trimmed.sumThenReset();
  }
}
