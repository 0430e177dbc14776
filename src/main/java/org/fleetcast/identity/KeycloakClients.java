package org.fleetcast.identity;

import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.fleetcast.identity.KeycloakApi.Refused;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;

/**
 * The clients of devices in a realm of Keycloak. Whatever goes wrong there is one failure here, 502
 * with the cause for the log, and no call takes longer than {@link Patience#MILLIS}.
 */
@Singleton
@Typed(KeycloakClients.class)
class KeycloakClients implements CredentialIssuer {
  private static final Logger LOG = System.getLogger(KeycloakClients.class.getName());
  private static final Duration LIMIT = Duration.ofMillis(Patience.MILLIS);

  private final KeycloakSteps steps;
  private final KeycloakAccess access;
  private final DeviceTokens deviceTokens;
  private final Patience patience;
  private final Perseverance perseverance;

  @Inject
  KeycloakClients(
      KeycloakAccess access, OpenIdSettings openId, Patience patience, Perseverance perseverance) {
    TimedKeycloak keycloak = new TimedKeycloak(access);
    KeycloakTokens tokens = new KeycloakTokens(keycloak, access, SteadyClock.INSTANCE);
    this.steps = new KeycloakSteps(keycloak, access, tokens, openId.audience().audience());
    this.access = access;
    this.deviceTokens = new DeviceTokens(openId.issuer(), openId.audience());
    this.patience = patience;
    this.perseverance = perseverance;
  }

  @Override
  public Client create(String clientId) {
    String uuid = UUID.randomUUID().toString();
    return call(deadline -> steps.create(clientId, uuid, deadline));
  }

  @Override
  public Optional<Client> find(String clientId) {
    return call(deadline -> steps.find(clientId, deadline));
  }

  @Override
  public Secret secret(String clientId) {
    return call(deadline -> steps.secret(clientId, deadline));
  }

  @Override
  public Secret regenerate(String clientId) {
    return call(deadline -> steps.regenerate(clientId, deadline));
  }

  @Override
  public Secret onlySecret(String clientId) {
    return call(deadline -> steps.onlySecret(clientId, deadline));
  }

  @Override
  public Instant restore(String clientId, String secret) {
    return call(deadline -> steps.restore(clientId, secret, deadline));
  }

  @Override
  public void delete(String clientId) {
    String unused =
        call(
            deadline -> {
              steps.delete(clientId, deadline);
              return clientId;
            });
  }

  @Override
  public URI tokenUrl() {
    return access.tokenUrl();
  }

  /** Tells the log whether Keycloak lets us in, and makes ready what the first call would load. */
  void tryOut() {
    try {
      boolean unused = find(AudienceRule.DEVICE_PREFIX).isPresent();
      LOG.log(Level.INFO, "Keycloak lets us in address=" + access.base());
      call(steps::deviceToken)
          .flatMap(deviceTokens::fault)
          .ifPresent(fault -> LOG.log(Level.WARNING, fault));
    } catch (Problem notYet) {
      LOG.log(
          Level.WARNING,
          notYet.sentence() + " address=" + access.base() + " cause=" + notYet.getCause());
    }
  }

  private <T> T call(Function<Deadline, T> work) {
    Deadline deadline = Deadline.in(LIMIT);
    try {
      return patience.call(() -> perseverance.call(() -> work.apply(deadline)));
    } catch (Problem expected) {
      throw expected;
    } catch (RuntimeException failed) { // whatever the client or the time limit throws
      throw problem(failed);
    }
  }

  private static Problem problem(Throwable cause) {
    String sentence =
        cause instanceof Refused
            ? "Keycloak did not do what it was asked for"
            : "Keycloak does not answer right now";
    return Problem.of(Code.EXTERNAL_SERVICE_ERROR, sentence, cause);
  }
}
