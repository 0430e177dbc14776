package org.fleetcast.mqtt;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The largest payload that a connection reads whole. A larger one is cut to its beginning before it
 * is in memory; it ends with a seal that nobody else can know, with its whole length and SHA-256.
 */
final class PayloadLimit {
  /** So much of a larger payload is kept: 64 KiB, and what shows whether a character is cut. */
  static final int KEPT = 64 * 1024 + 1;

  private static final int SEAL = 16;
  private static final int SHA256 = 32;
  static final int TRAILER = SEAL + Long.BYTES + SHA256;

  private final int largest;
  private final byte[] seal = new byte[SEAL];

  /**
   * @param largest the payload over which one counts as too large
   */
  PayloadLimit(int largest) {
    this.largest = largest;
    new SecureRandom().nextBytes(seal);
  }

  /** The largest payload that passes: one is not cut for less than that. */
  int bytes() {
    return Math.max(largest, KEPT + TRAILER);
  }

  /** What the broker sends, without what is over the limit. */
  InputStream apply(InputStream received) {
    return new CutPublishes(received, this);
  }

  /** What follows the beginning of a payload that was cut. */
  byte[] trailer(long length, byte[] sha256) {
    return ByteBuffer.allocate(TRAILER).put(seal).putLong(length).put(sha256).array();
  }

  /** What is over the limit, as it was before it was cut; null for a payload that is not. */
  @Nullable OversizedPayload uncover(byte[] payload) {
    if (payload.length != KEPT + TRAILER
        || !Arrays.equals(payload, KEPT, KEPT + SEAL, seal, 0, SEAL)) {
      return payload.length <= largest
          ? null
          : new OversizedPayload(payload, payload.length, CutPublishes.sha256().digest(payload));
    }
    long length = ByteBuffer.wrap(payload).getLong(KEPT + SEAL);
    byte[] sha256 = Arrays.copyOfRange(payload, KEPT + SEAL + Long.BYTES, payload.length);
    return new OversizedPayload(Arrays.copyOf(payload, KEPT), length, sha256);
  }
}
