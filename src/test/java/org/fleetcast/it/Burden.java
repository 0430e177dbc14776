package org.fleetcast.it;

/** Something that weighs on the server until it is closed. */
interface Burden extends AutoCloseable {
  /** Whether it has done all that it will ever do. */
  boolean isOver();

  /** What became of it: how many were answered in which way. */
  String outcome();

  @Override
  void close();
}
