package org.fleetcast.live;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Lines that a viewer does not get.
 *
 * @param count how many, at most; 0 when nobody knows
 * @param from the time from which on they are missing, in microseconds since 1970
 * @param to the time of the last of them
 * @param id where it stands
 */
public record Gap(Scope scope, long count, long from, long to, EventId id) implements Piece {
  private static final int SIZE = 200;

  /**
   * What stands for everything when a viewer names an event that there is not.
   *
   * @param now the time of day, for the client
   */
  static Gap ofUnknown(Scope scope, Instant now, EventId here) {
    return new Gap(scope, 0, 0, ChronoUnit.MICROS.between(Instant.EPOCH, now), here);
  }

  /** Whether both stand for what was stored before, or both for what came live. */
  boolean isLike(Gap other) {
    return isOfTail() == other.isOfTail() && scope.equals(other.scope);
  }

  private boolean isOfTail() {
    return from == 0;
  }

  /** One that stands for both; of what was stored before they name the same lines. */
  Gap with(Gap other) {
    return new Gap(
        scope,
        isOfTail() ? Math.max(count, other.count) : count + other.count,
        Math.min(from, other.from),
        Math.max(to, other.to),
        id.max(other.id));
  }

  @Override
  public int size() {
    return SIZE;
  }
}
