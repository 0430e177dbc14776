package org.fleetcast.cluster;

import java.time.Instant;

/**
 * What a replica has of the lease, and what follows from each answer: the rules, without a clock or
 * a connection. All times are of the replica's own steady clock.
 *
 * @param epoch under which it holds the lease; 0 when it does not
 * @param until when that is over unless it is renewed
 * @param left whether it has given it back for good
 */
record Tenure(long epoch, Instant until, boolean left) {
  static final Tenure NONE = new Tenure(0, Instant.MIN, false);

  boolean isHeld() {
    return epoch != 0;
  }

  /** The epoch under which it may act at that moment; 0 when it may not. */
  long at(Instant now) {
    return now.isBefore(until) ? epoch : 0;
  }

  /** Whether it has held it for too long without an answer. */
  boolean isOver(Instant now) {
    return isHeld() && !now.isBefore(until);
  }

  /**
   * It has taken it: whoever has left does not hold it even so.
   *
   * @param asked from before the question: the database counts from when it was asked at the
   *     earliest, so it is over here before anybody can follow
   */
  Tenure taken(long under, Instant asked) {
    return left ? this : new Tenure(under, asked.plus(Lease.LENGTH), false);
  }

  /** It was renewed. */
  Tenure renewed(Instant asked) {
    return isHeld() ? new Tenure(epoch, asked.plus(Lease.LENGTH), left) : this;
  }

  /** Another has it, or it is over. */
  Tenure lost() {
    return new Tenure(0, Instant.MIN, left);
  }

  /** It is given back, and not taken any more. */
  Tenure leave() {
    return new Tenure(0, Instant.MIN, true);
  }
}
