package org.fleetcast.rotation;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.fleetcast.devices.Credential;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.RotationSlot;
import org.fleetcast.devices.RotationSlots;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.identity.SecretBox;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/** The secrets that devices had before their turn, kept sealed until it ends. */
@Singleton
class OldSecrets {
  private static final String LOCKED = "SECRET_KEY does not open it";

  private final CredentialIssuer issuer;
  private final SecretBox box;

  @Inject
  OldSecrets(CredentialIssuer issuer, SecretBox box) {
    this.issuer = issuer;
    this.box = box;
  }

  /**
   * After a change of {@code secret.key}: those that are put aside are sealed under the new one.
   */
  void atStart(@Observes @Priority(900) Startup event, RotationSlots turns, RotationQueue queue) {
    if (box.isChanging()) {
      turns.holding(
          turn -> {
            List<Device> devices = queue.withOldSecret();
            devices.forEach(device -> reseal(device, turn));
            return devices.size();
          });
    }
  }

  private void reseal(Device device, RotationSlot turn) {
    Credential credential = device.credential(turn);
    Optional.ofNullable(credential.cachedSecret())
        .flatMap(cached -> box.resealed(cached, purpose(device)))
        .ifPresent(secret -> device.become(credential.withResealed(secret)));
  }

  /** The credential with the secret that the issuer has now put aside. */
  Credential putAside(Device device, Credential credential) {
    String secret = issuer.secret(device.clientId()).value();
    return credential.withCached(box.seal(secret, purpose(device)));
  }

  /** Whether that is the secret that was put aside. */
  boolean isOld(String secret, Device device, Credential credential) {
    return secret.equals(open(device, String.valueOf(credential.cachedSecret())));
  }

  /**
   * Writes the old secret back at the issuer, if one was put aside.
   *
   * @return the issuer's clock afterwards
   * @throws Problem 502 when that failed: the old secret is still kept, for another try
   */
  Instant restore(Device device, Credential credential, Instant now) {
    String sealed = credential.cachedSecret();
    if (sealed == null) {
      return now;
    }
    String secret =
        box.open(sealed, purpose(device)).orElseThrow(() -> unrestored(device, LOCKED, null));
    try {
      return issuer.restore(device.clientId(), secret);
    } catch (Problem failed) {
      if (failed.code() == ProblemCode.RECORD_NOT_FOUND) {
        return now; // there is no client any more to write it to
      }
      throw unrestored(device, failed.sentence(), failed);
    }
  }

  private static Problem unrestored(Device device, String reason, @Nullable Problem cause) {
    return Problem.of(
        ProblemCode.EXTERNAL_SERVICE_ERROR,
        "The old secret of device %s could not be written back, the next cycle tries again: %s"
            .formatted(device.key(), reason),
        cause);
  }

  /** What one or more devices failed with, of which there is at least one. */
  static Problem together(List<Problem> failures) {
    Problem first = failures.get(0);
    return failures.size() == 1
        ? first
        : Problem.of(
            first.code(),
            "%s; and %d more of other devices".formatted(first.sentence(), failures.size() - 1),
            first.getCause());
  }

  private String open(Device device, String sealed) {
    return box.open(sealed, purpose(device))
        .orElseThrow(() -> new IllegalStateException(LOCKED + " client=" + device.clientId()));
  }

  private static String purpose(Device device) {
    return Credential.purpose(device.clientId());
  }
}
