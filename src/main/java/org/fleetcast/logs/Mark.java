package org.fleetcast.logs;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a message leaves behind, to know it when it is delivered again: its packet id, and the
 * SHA-256 of its payload.
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

  /** As it is kept: the number of the message, and the SHA-256. */
  byte[] kept(long number) {
    return ByteBuffer.allocate(Long.BYTES + sha256.length).putLong(number).put(sha256).array();
  }

  /** Whether what is kept under its packet id is this mark, and recent. */
  boolean isKept(byte @Nullable [] kept, long newestNumber) {
    if (kept == null) {
      return false;
    }
    ByteBuffer known = ByteBuffer.wrap(kept);
    return newestNumber - known.getLong() < KEPT && known.equals(ByteBuffer.wrap(sha256));
  }
}
