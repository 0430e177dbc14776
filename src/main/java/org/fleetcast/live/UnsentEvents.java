package org.fleetcast.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;

/**
 * Events that a connection has taken from the mailbox and that its reader does not take: they go on
 * counting as what waits, also when the mailbox lets go of them.
 */
final class UnsentEvents {
  /** What is made around each of them to be sent: the bytes before it, buffers, references. */
  static final int AROUND = 280;

  private final ViewerMemory memory;

  @GuardedBy("this")
  private final List<StreamEvent> events = new ArrayList<>(0);

  @GuardedBy("this")
  private boolean closed;

  private volatile boolean empty = true;

  UnsentEvents(ViewerMemory memory) {
    this.memory = memory;
  }

  synchronized void hold(List<Mailbox.Item> items) {
    if (closed) {
      return;
    }
    for (Mailbox.Item item : items) {
      item.event().trace().hold(memory);
      events.add(item.event());
    }
    memory.add((long) AROUND * items.size());
    empty = events.isEmpty();
  }

  /** They are written, or never will be. */
  void release() {
    if (!empty) {
      releaseAll();
    }
  }

  private synchronized void releaseAll() {
    events.forEach(event -> event.trace().release(memory));
    memory.add((long) -AROUND * events.size());
    events.clear();
    empty = true;
  }

  /** Holds nothing from now on. */
  synchronized void close() {
    closed = true;
    releaseAll();
  }

  /** What they take: their share of what others hold too, and what is around them. */
  synchronized long share() {
    return events.stream().mapToLong(event -> AROUND + event.trace().eventShare()).sum();
  }
}
