package org.fleetcast.live;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an event that was let go: its lines, so that a gap can tell of them. It counts
 * how many still have the event and how many only this, so that the memory of either counts once,
 * from the first holder to the last.
 */
final class EvictedEvent implements Mailbox.Place {
  /** The object, the lines with their times and their entity. */
  static final int BYTES = 300;

  /** One holder of the trace alone; the lower half of the number counts those of the event. */
  private static final long TRACE_ONLY = 1L << Integer.SIZE;

  private static final AtomicLongFieldUpdater<EvictedEvent> HOLDERS =
      AtomicLongFieldUpdater.newUpdater(EvictedEvent.class, "holders");

  private final StreamEvent.@Nullable Lines lines;
  private final int eventBytes;
  private volatile long holders;

  /**
   * @param lines null for an event that has none
   * @param eventBytes what the event takes beside this
   */
  EvictedEvent(StreamEvent.@Nullable Lines lines, int eventBytes) {
    this.lines = lines;
    this.eventBytes = eventBytes;
  }

  StreamEvent.@Nullable Lines lines() {
    return lines;
  }

  /** Another one has the event. */
  void hold(ViewerMemory memory) {
    change(1, memory);
  }

  /** One has this of lines that never were an event here. */
  void holdAlone(ViewerMemory memory) {
    change(TRACE_ONLY, memory);
  }

  /** One who had the event has only this from now on. */
  void letGo(ViewerMemory memory) {
    change(TRACE_ONLY - 1, memory);
  }

  /** One who had the event has nothing from now on. */
  void release(ViewerMemory memory) {
    change(-1, memory);
  }

  /** One who had only this has nothing from now on. */
  void forget(ViewerMemory memory) {
    change(-TRACE_ONLY, memory);
  }

  private void change(long by, ViewerMemory memory) {
    long before = HOLDERS.getAndAdd(this, by);
    long bytes = bytes(before + by) - bytes(before);
    if (bytes != 0) {
      memory.add(bytes);
    }
  }

  private long bytes(long held) {
    return ((int) held == 0 ? 0 : eventBytes) + (held == 0 ? 0 : BYTES);
  }

  /** What one holder of only this takes: its share of what all of them hold. */
  long share() {
    return shareOf(holders);
  }

  /** What one holder of the event takes. */
  long eventShare() {
    long now = holders;
    return eventBytes / Math.max(1, (int) now) + shareOf(now);
  }

  private static long shareOf(long held) {
    return BYTES / Math.max(1, (int) held + (held >>> Integer.SIZE));
  }
}
