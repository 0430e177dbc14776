package org.fleetcast.mqtt;

/**
 * A message as the broker delivered it.
 *
 * @param packetId the MQTT packet id of the delivery, unique among what is unacknowledged on one
 *     connection; 0 for a message of QoS 0
 * @param duplicate whether the broker marked the delivery as a repeated one (DUP)
 * @param retained whether it comes because of a SUBSCRIBE, from what the broker retains, and not
 *     because it was published just then
 * @param wanted whether the channel's filter takes its topic; what no channel takes comes to the
 *     first one
 * @param subscription the number of our subscription at the broker, which {@link SessionMemory}
 *     gave: the same for as long as the broker knows our session and its filters
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares messages, and copies would cost
public record Inbound(
    String topic,
    byte[] payload,
    int packetId,
    boolean duplicate,
    boolean retained,
    boolean wanted,
    long subscription) {}
