package org.fleetcast.mqtt;

import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.jspecify.annotations.Nullable;

/**
 * A message together with the connection that brought it, the only one that may acknowledge it.
 *
 * @param oversized what it was, where it was over the limit
 */
record UnackedMessage(
    String topic,
    MqttMessage message,
    @Nullable OversizedPayload oversized,
    MqttConnection connection) {
  void acknowledge() {
    connection.acknowledge(message.getId(), message.getQos());
  }

  int size() {
    return message.getPayload().length;
  }

  /** As the consumer sees it; to be asked when the connection knows its subscription. */
  InboundMessage inbound(boolean wanted) {
    return new InboundMessage(
        topic,
        oversized == null ? message.getPayload() : oversized.beginning(),
        oversized,
        message.getId(),
        message.isDuplicate(),
        message.isRetained(),
        wanted,
        connection.isEarly(topic),
        connection.subscription());
  }
}
