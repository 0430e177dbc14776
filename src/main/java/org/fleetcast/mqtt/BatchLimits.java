package org.fleetcast.mqtt;

import org.eclipse.microprofile.config.Config;

/**
 * How much one batch, and how much everything unacknowledged of one channel, may hold.
 *
 * <p>A single message is always let through, whatever its size.
 */
record BatchLimits(int batchMessages, long batchBytes, int unackedMessages, long unackedBytes) {
  static final BatchLimits DEFAULT =
      new BatchLimits(
          1_000, 4L << 20, 10_000, Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 8));

  BatchLimits {
    if (batchMessages < 1 || batchBytes < 1 || unackedMessages < 1 || unackedBytes < 1) {
      throw new IllegalStateException(
          "batch.messages, batch.bytes, unacked.limit and unacked.bytes must be 1 or more");
    }
  }

  static BatchLimits from(Config channel) {
    return new BatchLimits(
        channel.getOptionalValue("batch.messages", Integer.class).orElse(DEFAULT.batchMessages),
        channel.getOptionalValue("batch.bytes", Long.class).orElse(DEFAULT.batchBytes),
        channel.getOptionalValue("unacked.limit", Integer.class).orElse(DEFAULT.unackedMessages),
        channel.getOptionalValue("unacked.bytes", Long.class).orElse(DEFAULT.unackedBytes));
  }
}
