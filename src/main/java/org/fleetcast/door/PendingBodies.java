package org.fleetcast.door;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;

/**
 * The bodies that are waited for and the bytes that have come of them: so many for one caller, and
 * so many in all.
 */
final class PendingBodies {
  private static final Share NONE = new Share(0, 0);

  /** One caller may hold this part of the bytes. */
  private static final int PART = 4;

  private final int mostInAll;
  private final long mostBytes;

  @GuardedBy("this")
  private final Map<String, Share> callers = new HashMap<>();

  @GuardedBy("this")
  private int bodies;

  @GuardedBy("this")
  private long bytes;

  /** Whether there is room, or over which bound it would be. */
  enum Answer {
    ADMITTED,
    TOO_MUCH_OF_ONE,
    TOO_MUCH_IN_ALL
  }

  private record Share(int bodies, long bytes) {}

  PendingBodies(int mostInAll, long mostBytes) {
    this.mostInAll = mostInAll;
    this.mostBytes = mostBytes;
  }

  /**
   * Whether one more body may be waited for; it has a place then.
   *
   * @param most how many that caller may have
   */
  synchronized Answer admit(String caller, int most) {
    Share own = callers.getOrDefault(caller, NONE);
    if (own.bodies >= most) {
      return Answer.TOO_MUCH_OF_ONE;
    }
    if (bodies >= mostInAll) {
      return Answer.TOO_MUCH_IN_ALL;
    }
    bodies++;
    callers.put(caller, new Share(own.bodies + 1, own.bytes));
    return Answer.ADMITTED;
  }

  /** Whether so many bytes more may be held of a body that was admitted. */
  synchronized Answer hold(String caller, int more) {
    Share own = callers.getOrDefault(caller, NONE);
    if (own.bytes + more > mostBytes / PART) {
      return Answer.TOO_MUCH_OF_ONE;
    }
    if (bytes + more > mostBytes) {
      return Answer.TOO_MUCH_IN_ALL;
    }
    bytes += more;
    callers.put(caller, new Share(own.bodies, own.bytes + more));
    return Answer.ADMITTED;
  }

  /** A body is waited for no longer; what was held of it still is. */
  synchronized void leave(String caller) {
    bodies--;
    change(caller, 1, 0);
  }

  /** What was held of a body is not any more. */
  synchronized void give(String caller, int held) {
    bytes -= held;
    change(caller, 0, held);
  }

  @GuardedBy("this")
  private void change(String caller, int place, int held) {
    callers.computeIfPresent(
        caller,
        (name, own) -> {
          Share left = new Share(own.bodies - place, own.bytes - held);
          return left.equals(NONE) ? null : left;
        });
  }

  synchronized int bodies() {
    return bodies;
  }
}
