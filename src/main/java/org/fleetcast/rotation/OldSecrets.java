package org.fleetcast.rotation;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.Optional;
import org.fleetcast.devices.Credential;
import org.fleetcast.devices.Device;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.identity.SecretBox;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;

/** The secrets that devices had before their turn, kept sealed until it ends. */
@Singleton
class OldSecrets {
  private static final Logger LOG = System.getLogger(OldSecrets.class.getName());

  private final CredentialIssuer issuer;
  private final SecretBox box;

  @Inject
  OldSecrets(CredentialIssuer issuer, SecretBox box) {
    this.issuer = issuer;
    this.box = box;
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
   * @return the issuer's clock afterwards; none when the issuer failed: the old secret is still
   *     kept, for another try
   */
  Optional<Instant> restore(Device device, Credential credential, Instant now) {
    if (credential.cachedSecret() == null) {
      return Optional.of(now);
    }
    try {
      String secret = open(device, credential.cachedSecret());
      return Optional.of(issuer.restore(device.clientId(), secret));
    } catch (Problem failed) {
      LOG.log(
          Level.WARNING,
          "The old secret of a device could not be written back client={0} cause={1}",
          device.clientId(),
          failed.sentence());
      // Where there is no client any more, nothing is left to write it to.
      return failed.code() == Code.RECORD_NOT_FOUND ? Optional.of(now) : Optional.empty();
    }
  }

  private String open(Device device, String sealed) {
    return box.open(sealed, purpose(device))
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "SECRET_KEY does not open the old secret of client " + device.clientId()));
  }

  private static String purpose(Device device) {
    return "old secret " + device.clientId();
  }
}
