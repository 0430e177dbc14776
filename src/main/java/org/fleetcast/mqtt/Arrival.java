package org.fleetcast.mqtt;

import org.eclipse.paho.client.mqttv3.MqttMessage;

/** A message together with the connection that brought it, the only one that may acknowledge it. */
record Arrival(String topic, MqttMessage message, Connection connection) {
  void acknowledge() {
    connection.acknowledge(message.getId(), message.getQos());
  }

  int size() {
    return message.getPayload().length;
  }

  /** As the consumer sees it; to be asked when the connection knows its subscription. */
  Inbound inbound(boolean wanted) {
    return new Inbound(
        topic,
        message.getPayload(),
        message.getId(),
        message.isDuplicate(),
        message.isRetained(),
        wanted,
        connection.subscription());
  }
}
