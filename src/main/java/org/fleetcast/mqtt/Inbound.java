package org.fleetcast.mqtt;

/**
 * A message as the broker delivered it.
 *
 * @param packetId the MQTT packet id of the delivery, unique among what is unacknowledged on one
 *     connection; 0 for a message of QoS 0
 * @param duplicate whether the broker marked the delivery as a repeated one (DUP)
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares messages, and copies would cost
public record Inbound(String topic, byte[] payload, int packetId, boolean duplicate) {}
