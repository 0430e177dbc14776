package org.fleetcast.sink;

import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.fleetcast.mqtt.InboundMessage;
import org.jspecify.annotations.Nullable;

/**
 * Messages as the deliveries that make them safe one after another, so that no number of messages
 * or lines is more in memory than one of these. Each is to be safe before the next is asked for.
 */
final class Deliveries {
  private final Iterator<InboundMessage> messages;
  private final Instant at;
  private final Supplier<Delivery> deliveries;
  private @Nullable OpenMessage reading;
  private int safe;

  /**
   * @param at when the messages were handed over, by the steady clock
   * @param deliveries makes empty ones
   */
  Deliveries(List<InboundMessage> messages, Instant at, Supplier<Delivery> deliveries) {
    this.messages = messages.iterator();
    this.at = at;
    this.deliveries = deliveries;
  }

  boolean hasNext() {
    return reading != null || messages.hasNext();
  }

  /** How far the message is safe that is taken in pieces, in bytes; 0 when none of it is. */
  int safe() {
    return safe;
  }

  /** The next delivery; an empty one when there is none. */
  Delivery next() {
    safe = reading == null ? 0 : reading.lines().position().at();
    Delivery delivery = deliveries.get();
    while (!delivery.isFull() && hasNext()) {
      OpenMessage under = reading;
      if (under == null) {
        reading = delivery.open(messages.next(), at);
        if (reading != null && reading.large()) {
          delivery.begin(reading);
          return delivery;
        }
      } else if (delivery.take(under)) {
        reading = null;
      }
    }
    return delivery;
  }
}
