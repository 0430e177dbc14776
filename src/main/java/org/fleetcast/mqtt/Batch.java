package org.fleetcast.mqtt;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.fleetcast.problem.InternalFaults;
import org.reactivestreams.Subscriber;

/** Messages that are handed over together, until they are acknowledged or refused. */
record Batch(
    List<UnackedMessage> arrivals,
    Subscriber<? super Message<List<InboundMessage>>> subscriber,
    AtomicBoolean settled) {
  MqttConnection connection() {
    return arrivals.get(0).connection();
  }

  /**
   * As the consumer sees it.
   *
   * @param takes whether the channel's filter takes a topic
   */
  List<InboundMessage> payload(Predicate<String> takes) {
    return arrivals.stream().map(arrival -> arrival.inbound(takes.test(arrival.topic()))).toList();
  }

  /** Acknowledges its messages, in order; never throws. */
  void acknowledge(InternalFaults faults) {
    for (UnackedMessage arrival : arrivals) {
      faults.guard("mqtt delivery", arrival::acknowledge);
    }
  }

  /** Whether this is the first time that it is acknowledged or refused. */
  boolean settle() {
    return settled.compareAndSet(false, true);
  }
}
