package org.fleetcast.sink;

import java.time.Instant;
import org.fleetcast.mqtt.Inbound;

/**
 * A message while its lines are read, for one delivery or for several.
 *
 * @param at when it was handed over by the broker, by the steady clock
 * @param made the try that this is
 * @param large whether that it is begun has to be safe before any line is read
 */
record Reading(
    Inbound message, Mark mark, Instant at, PayloadLines lines, Begun.Try made, boolean large) {

  /** The same try, as far as it has come. */
  Begun.Try reached() {
    return made.at(lines.position());
  }
}
