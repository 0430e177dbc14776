package org.fleetcast.bench;

/** One of those that are compared: takes a message and gives it to all who read. */
interface Side {
  String name();

  /** Its process: the one that writes to the readers. */
  long pid();

  /** Where it listens on the loopback. */
  int port();

  /** The path, and the headers with their line ends, by which a reader opens its stream. */
  Readers.Request request();

  /** Gives it a message of one or more lines; returns when it says that it has taken it. */
  void publish(byte[] message);
}
