package org.fleetcast.sink;

import java.util.Map;
import org.fleetcast.problem.Problem;

/** Knows which entity a device logs as. */
public interface ClientEntities {
  /**
   * The entity of each device that has one, by the id of its client.
   *
   * @throws Problem 503 when the registry cannot be read right now
   */
  Map<String, String> byClient();
}
