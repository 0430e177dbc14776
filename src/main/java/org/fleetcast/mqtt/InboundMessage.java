package org.fleetcast.mqtt;

import org.jspecify.annotations.Nullable;

/**
 * A message as the broker delivered it.
 *
 * @param payload what it says; only its beginning where it is over the limit
 * @param oversized what it was, where it is over the limit; else null
 * @param packetId the MQTT packet id of the delivery, unique among what is unacknowledged on one
 *     connection; 0 for a message of QoS 0
 * @param duplicate whether the broker marked the delivery as a repeated one (DUP)
 * @param retained whether it comes because of a SUBSCRIBE, from what the broker retains, and not
 *     because it was published just then
 * @param wanted whether the channel's filter takes its topic; what no channel takes comes to the
 *     first one
 * @param early whether a filter takes its topic that our session had before it had that
 *     subscription: it may have waited there since before the SUBSCRIBE
 * @param subscription the number of our subscription at the broker, which {@link SessionMemory}
 *     gave: the same for as long as the broker knows our session and its filters
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares messages, and copies would cost
public record InboundMessage(
    String topic,
    byte[] payload,
    @Nullable OversizedPayload oversized,
    int packetId,
    boolean duplicate,
    boolean retained,
    boolean wanted,
    boolean early,
    long subscription) {

  /** One that is whole. */
  public InboundMessage(
      String topic,
      byte[] payload,
      int packetId,
      boolean duplicate,
      boolean retained,
      boolean wanted,
      long subscription) {
    this(topic, payload, null, packetId, duplicate, retained, wanted, false, subscription);
  }
}
