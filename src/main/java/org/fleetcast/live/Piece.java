package org.fleetcast.live;

/** What stands at one place of the log for a viewer: lines, or the gap where they are missing. */
public sealed interface Piece permits Publication, Gap {
  /** Where it stands. */
  EventId id();

  /** About how many bytes it takes on the wire. */
  int size();
}
