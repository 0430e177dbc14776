package org.fleetcast.rotation;

import java.time.Duration;
import java.time.Instant;
import org.fleetcast.devices.Credential;
import org.fleetcast.devices.RotationState;
import org.jspecify.annotations.Nullable;

/**
 * The turn that a device has, or the last one of a device that timed out.
 *
 * @param startedAt null for one that was taken over from another service
 * @param deadline from which time on the next run of the job ends it
 * @param fetched whether the device fetched its new secret in it
 * @param timeouts how many turns in a row ended without the device
 * @param nextTryAt from which time on it may have another turn; null while it has one
 */
public record RotationAttempt(
    int deviceId,
    RotationState state,
    @Nullable Instant startedAt,
    @Nullable Instant deadline,
    boolean fetched,
    int timeouts,
    @Nullable Instant nextTryAt) {

  static RotationAttempt of(int deviceId, Credential credential, Duration limit) {
    Instant started = credential.lastAttemptAt();
    boolean pending = credential.state() == RotationState.PENDING;
    return new RotationAttempt(
        deviceId,
        credential.state(),
        started,
        started == null ? null : started.plus(limit),
        credential.regeneratedAt() != null || (!pending && withdrawnSince(credential, started)),
        credential.timeouts(),
        pending ? null : credential.retryAt());
  }

  /** The secret that a device fetched and did not use is withdrawn when its turn ends. */
  private static boolean withdrawnSince(Credential credential, @Nullable Instant started) {
    return started != null
        && credential
            .withdrawn()
            .last()
            .filter(withdrawn -> withdrawn.until().isAfter(started))
            .isPresent();
  }
}
