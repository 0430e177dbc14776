package org.fleetcast.rotation;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.fleetcast.devices.Credential;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.Devices;
import org.fleetcast.devices.Provisioner;
import org.fleetcast.devices.Provisioning;
import org.fleetcast.devices.RotationSlot;
import org.fleetcast.devices.RotationSlots;
import org.fleetcast.devices.RotationState;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.identity.Secret;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;

/**
 * The device's side of its turn: it fetches the new secret, as often as it likes, and shows that it
 * has it. The row of the turn stays locked across the calls to the issuer, so regenerating,
 * restoring and completing exclude each other.
 */
@Singleton
class CredentialHandshake {
  private final Devices devices;
  private final RotationSlots turns;
  private final OldSecrets oldSecrets;
  private final Rotation rotation;
  private final CredentialIssuer issuer;
  private final Provisioner provisioner;
  private final DeviceConcurrencyLimit requests = new DeviceConcurrencyLimit();

  @Inject
  CredentialHandshake(
      Devices devices,
      RotationSlots turns,
      OldSecrets oldSecrets,
      Rotation rotation,
      CredentialIssuer issuer,
      Provisioner provisioner) {
    this.devices = devices;
    this.turns = turns;
    this.oldSecrets = oldSecrets;
    this.rotation = rotation;
    this.issuer = issuer;
    this.provisioner = provisioner;
  }

  /**
   * What a device is answered.
   *
   * @param rest how long to wait before it may be: until the issuer's clock shows a later second
   *     than the one in which the secret was made, so that a token's time shows with which of the
   *     two secrets it was obtained
   */
  record Answer(Provisioning provisioning, Duration rest) {}

  /**
   * The device's credentials: new ones when it is its turn, else those that it has.
   *
   * @throws Problem 404 when the device is gone, 429 when it asks too much at once, or what the
   *     issuer failed with
   */
  Answer provision(String clientId) {
    return requests.call(clientId, () -> credentials(clientId));
  }

  private Answer credentials(String clientId) {
    Device device = devices.ofClient(clientId);
    if (!turns.now().isOf(device.id())) {
      return current(device);
    }
    // Committed before the issuer is asked for a new one, or a crash could lose the last good one.
    turns.holding(turn -> putAside(turn, device.id()));
    return turns.holding(turn -> renew(turn, device.id()));
  }

  private Answer current(Device device) {
    String secret = issuer.secret(device.clientId()).value();
    return new Answer(provisioner.of(device, secret), Duration.ZERO);
  }

  private boolean putAside(RotationSlot turn, int id) {
    Device device = devices.get(id);
    Credential credential = device.credential(turn);
    // One that is put aside stays, also where nobody can open it: the issuer's may be newer.
    boolean first = turn.isOf(id) && credential.cachedSecret() == null;
    if (first) {
      device.become(oldSecrets.putAside(device, credential));
    }
    return first;
  }

  /** Regenerates once: a secret that is no longer the old one was regenerated before. */
  private Answer renew(RotationSlot turn, int id) {
    Device device = devices.get(id);
    if (!turn.isOf(id)) {
      return current(device); // the turn ended meanwhile
    }
    Credential credential = device.credential(turn);
    Secret secret = issuer.secret(device.clientId());
    if (oldSecrets.isToReplace(secret.value(), device, credential)) {
      secret = issuer.regenerate(device.clientId());
      credential = credential.regenerated(secret.asOf());
    } else if (credential.regeneratedAt() == null) {
      // Made before a crash, and never answered to anybody: it counts from now, and alone.
      secret = issuer.onlySecret(device.clientId());
      credential = credential.regenerated(secret.asOf());
    }
    device.become(credential);
    return new Answer(provisioner.of(device, secret.value()), rest(credential, secret));
  }

  static Duration rest(Credential credential, Secret secret) {
    Instant made = credential.regeneratedAt();
    if (made == null) {
      return Duration.ZERO;
    }
    Instant over = made.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    return secret.asOf().isBefore(over) ? Duration.between(secret.asOf(), over) : Duration.ZERO;
  }

  /**
   * The device's config to the letter. A token that was obtained with the new secret completes the
   * device's turn; any other changes nothing.
   *
   * @param issuedAt when the token was issued, by the issuer's clock
   * @throws Problem 404 when the device is gone, 401 when it came too late with the new secret: it
   *     would take the answer as a yes, and forget the secret that is good again; 429 when it asks
   *     too much at once
   */
  String config(String clientId, Instant issuedAt, Instant now) {
    return requests.call(clientId, () -> completing(clientId, issuedAt, now));
  }

  private String completing(String clientId, Instant issuedAt, Instant now) {
    Device device = devices.ofClient(clientId);
    Credential credential = device.credential(turns.now());
    if (completes(device, credential, issuedAt)) {
      credential = turns.holding(turn -> complete(turn, device.id(), issuedAt, now));
    }
    if (credential.isWithdrawn(issuedAt)) {
      throw Problem.of(
          ProblemCode.AUTHENTICATION_REQUIRED,
          "The secret of this token was withdrawn: get a token with the one before");
    }
    return device.config();
  }

  /** In its turn; and after it where nobody can write the old secret back, so the new one stays. */
  private boolean completes(Device device, Credential credential, Instant issuedAt) {
    return credential.completesWith(issuedAt)
        && (credential.state() == RotationState.PENDING || oldSecrets.isLocked(device, credential));
  }

  private Credential complete(RotationSlot turn, int id, Instant issuedAt, Instant now) {
    Device device = devices.get(id);
    Credential credential = device.credential(turn);
    if (completes(device, credential, issuedAt)) {
      credential = credential.completed(issuedAt, now);
      rotation.complete(turn, device, credential, now);
    }
    return credential;
  }
}
