package org.fleetcast.live;

/** Reads for viewers what the log in memory does not hold. Never waits. */
public interface EarlierLines {
  /** Reads a tail, and passes it to {@link Session#release}. */
  void tail(Session session, TailRequest asked);

  /** Reads the next page of a replay, and passes it to {@link Session#page}. */
  void page(Session session, Replay asked);
}
