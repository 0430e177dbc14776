package org.fleetcast.sink;

import java.time.Instant;
import org.fleetcast.mqtt.InboundMessage;

/**
 * A message while its lines are read, for one delivery or for several.
 *
 * @param at when it was handed over by the broker, by the steady clock
 * @param made the try that this is
 * @param large whether that it is begun has to be safe before any line is read
 */
record OpenMessage(
    InboundMessage message,
    DeliveryFingerprint mark,
    Instant at,
    PayloadLines lines,
    UnfinishedMessages.Try made,
    boolean large) {

  /** The same try, as far as it has come. */
  UnfinishedMessages.Try reached() {
    return made.at(lines.position());
  }
}
