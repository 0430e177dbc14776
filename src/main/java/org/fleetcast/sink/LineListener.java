package org.fleetcast.sink;

import java.util.List;

/** Hears of the lines of entities, once they are safe. */
public interface LineListener {
  /** A batch of lines, in their order. */
  void record(List<EntityLine> batch);
}
