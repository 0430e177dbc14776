package org.fleetcast.logs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import org.fleetcast.mqtt.Inbound;
import org.jspecify.annotations.Nullable;

/**
 * What a message leaves behind, to know it when it is delivered again: its packet id, and the
 * SHA-256 of its topic and payload.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares marks, and copies would cost
record Mark(int packetId, byte[] sha256) {
  /**
   * How many messages a mark outlives: more than are taken before the broker has their
   * acknowledgements, which is a batch (1,000) and what the client still has to send of the one
   * before, however many more the broker has in flight. Kept for longer it would do harm: packet
   * ids come round, and a fleet that says the same over and over would have an equal mark under
   * every one of them, so that a message that we never took would be held for a repeated one.
   */
  static final long KEPT = 2_000;

  /** The mark of a message. */
  static Mark of(Inbound message) {
    MessageDigest digest = newDigest();
    digest.update(message.topic().getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0); // which no topic has
    return new Mark(message.packetId(), digest.digest(message.payload()));
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
