package org.fleetcast.live;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** What a stream holds under the limits from before its first byte until it is over. */
final class StreamPermit {
  private final AtomicInteger taken;
  private final AtomicInteger takenBySubject;
  private final AtomicBoolean held = new AtomicBoolean(true);

  StreamPermit(AtomicInteger taken, AtomicInteger takenBySubject) {
    this.taken = taken;
    this.takenBySubject = takenBySubject;
    taken.incrementAndGet();
    takenBySubject.incrementAndGet();
  }

  /** Gives the place back; again is the same as once. */
  void free() {
    if (held.compareAndSet(true, false)) {
      taken.decrementAndGet();
      takenBySubject.decrementAndGet();
    }
  }
}
