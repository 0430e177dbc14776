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
  private static final String AGAIN = ", the next cycle tries again: ";
  private static final String LOCKED =
      ": neither SECRET_KEY nor SECRET_KEY_PREVIOUS opens it. Set SECRET_KEY_PREVIOUS to the key of"
          + " before, or provision the device anew";

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
    return credential.withCached(
        box.seal(issuer.secret(device.clientId()).value(), purpose(device)));
  }

  /**
   * Whether the issuer is to make a new secret for a device in its turn: it has the one that was
   * put aside still, or nobody can open that and no other was told to anybody.
   */
  boolean isToReplace(String secret, Device device, Credential credential) {
    return isOld(secret, device, credential)
        || (credential.regeneratedAt() == null && isLocked(device, credential));
  }

  /** Whether that is the secret that was put aside; one that nobody can open is not known again. */
  private boolean isOld(String secret, Device device, Credential credential) {
    return opened(device, credential).filter(secret::equals).isPresent();
  }

  /** Whether a secret is put aside that none of our keys opens. */
  boolean isLocked(Device device, Credential credential) {
    return credential.cachedSecret() != null && opened(device, credential).isEmpty();
  }

  /**
   * Writes the old secret back at the issuer, if one was put aside.
   *
   * @return the issuer's clock afterwards
   * @throws Problem 502 when that failed: the old secret is still kept, for another try
   */
  Instant restore(Device device, Credential credential, Instant now) {
    if (credential.cachedSecret() == null) {
      return now;
    }
    String secret = opened(device, credential).orElseThrow(() -> locked(device));
    try {
      return issuer.restore(device.clientId(), secret);
    } catch (Problem failed) {
      if (failed.code() == ProblemCode.RECORD_NOT_FOUND) {
        return now; // there is no client any more to write it to
      }
      throw unrestored(device, AGAIN + failed.sentence(), failed);
    }
  }

  /** That the secret of a device cannot be written back, since nobody can open it. */
  static Problem locked(Device device) {
    return unrestored(device, LOCKED, null);
  }

  private static Problem unrestored(Device device, String reason, @Nullable Problem cause) {
    return Problem.of(
        ProblemCode.EXTERNAL_SERVICE_ERROR,
        "The old secret of device " + device.key() + " could not be written back" + reason,
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

  private Optional<String> opened(Device device, Credential credential) {
    return Optional.ofNullable(credential.cachedSecret())
        .flatMap(secret -> box.open(secret, purpose(device)));
  }

  private static String purpose(Device device) {
    return Credential.purpose(device.clientId());
  }
}
