package org.fleetcast.stack;

/** Something real that runs until it is closed; closing twice is the same as once. */
public interface Part extends AutoCloseable {
  @Override
  void close();
}
