package org.fleetcast.mqtt;

/** A message together with the connection that brought it, the only one that may acknowledge it. */
record Arrival(Inbound inbound, int qos, Connection connection) {
  void acknowledge() {
    connection.acknowledge(inbound.packetId(), qos);
  }

  int size() {
    return inbound.payload().length;
  }
}
