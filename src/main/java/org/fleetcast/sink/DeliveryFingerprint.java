package org.fleetcast.sink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import org.fleetcast.mqtt.InboundMessage;
import org.fleetcast.mqtt.OversizedPayload;
import org.jspecify.annotations.Nullable;

/**
 * What a message leaves behind, to know it when it is delivered again: its packet id, and the
 * SHA-256 of its topic and payload.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares marks, and copies would cost
record DeliveryFingerprint(int packetId, byte[] sha256) {
  /**
   * How many messages a mark outlives: more than may be unacknowledged ({@code unacked.limit},
   * 10,000), and a batch of which the client still has to send the acknowledgements. Kept for
   * longer it would do harm: packet ids come round, and a fleet that says the same over and over
   * would have an equal mark under every one of them, so that a message that we never took would be
   * held for a repeated one.
   */
  static final long KEPT = 12_000;

  /** The mark of a message. */
  static DeliveryFingerprint of(InboundMessage message) {
    MessageDigest digest = newDigest();
    digest.update(message.topic().getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0); // which no topic has
    digest.update(message.payload());
    OversizedPayload oversized = message.oversized();
    if (oversized != null) {
      digest.update(oversized.sha256());
    }
    return new DeliveryFingerprint(message.packetId(), digest.digest());
  }

  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK has SHA-256", impossible);
    }
  }

  /** The SHA-256, to be compared and looked up. */
  ByteBuffer hash() {
    return ByteBuffer.wrap(sha256);
  }

  /** The SHA-256 of what is kept, if that is recent. */
  static Optional<ByteBuffer> recent(byte[] kept, long newestNumber) {
    ByteBuffer known = ByteBuffer.wrap(kept);
    return newestNumber - known.getLong() < KEPT ? Optional.of(known.slice()) : Optional.empty();
  }

  /** As it is kept: the number of the message, and the SHA-256. */
  byte[] kept(long number) {
    return ByteBuffer.allocate(Long.BYTES + sha256.length).putLong(number).put(sha256).array();
  }

  /** Whether what is kept under its packet id is this mark, and recent. */
  boolean isKept(byte @Nullable [] kept, long newestNumber) {
    return kept != null && recent(kept, newestNumber).filter(hash()::equals).isPresent();
  }
}
