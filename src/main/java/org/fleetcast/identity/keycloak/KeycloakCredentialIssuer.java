package org.fleetcast.identity.keycloak;

import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import org.fleetcast.identity.AudienceRule;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.identity.IssuerClient;
import org.fleetcast.identity.OpenIdSettings;
import org.fleetcast.identity.ProviderTrust;
import org.fleetcast.identity.Secret;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.ProblemLog;
import org.fleetcast.time.SteadyClock;

/**
 * The clients of devices in a realm of Keycloak. Whatever goes wrong there is one failure here, 502
 * with the cause for the log. A call is tried up to three times, unless Keycloak refuses.
 */
@Singleton
@Typed(KeycloakCredentialIssuer.class)
public class KeycloakCredentialIssuer implements CredentialIssuer {
  private static final Logger LOG = System.getLogger(KeycloakCredentialIssuer.class.getName());
  private static final int TRIES = 3;

  private final KeycloakConnection keycloak;
  private final OpenIdSettings openId;
  private final Supplier<KeycloakTimeLimit> limits;

  @Inject
  KeycloakCredentialIssuer(
      KeycloakAccess access,
      OpenIdSettings openId,
      ProviderTrust trust,
      ManagedThreadFactory threads) {
    this(access, openId, trust, Executors.newCachedThreadPool(threads), KeycloakTimeLimit::new);
  }

  KeycloakCredentialIssuer(
      KeycloakAccess access,
      OpenIdSettings openId,
      ProviderTrust trust,
      ExecutorService threads,
      Supplier<KeycloakTimeLimit> limits) {
    this.keycloak = new KeycloakConnection(access, trust, SteadyClock.INSTANCE, threads);
    this.openId = openId;
    this.limits = limits;
  }

  @Override
  public IssuerClient create(String clientId) {
    String uuid = UUID.randomUUID().toString();
    return call(admin -> admin.create(clientId, uuid, openId.audience().audience()));
  }

  @Override
  public Optional<IssuerClient> find(String clientId) {
    return call(admin -> admin.find(clientId));
  }

  @Override
  public Secret secret(String clientId) {
    return call(admin -> admin.secret(clientId));
  }

  @Override
  public Secret regenerate(String clientId) {
    return call(admin -> admin.regenerate(clientId));
  }

  @Override
  public Secret onlySecret(String clientId) {
    return call(admin -> admin.onlySecret(clientId));
  }

  @Override
  public Instant restore(String clientId, String secret) {
    return call(admin -> admin.restore(clientId, secret));
  }

  @Override
  public void delete(String clientId) {
    call(admin -> admin.delete(clientId));
  }

  @Override
  public URI tokenUrl() {
    return keycloak.access().tokenUrl();
  }

  /** Writes to the log whether Keycloak lets us in and devices get tokens that we accept. */
  public void tryOut() {
    String address = " address=" + keycloak.access().base();
    try {
      find(AudienceRule.DEVICE_PREFIX);
      LOG.log(Level.INFO, "Keycloak lets us in" + address);
      DeviceTokenCheck tokens = new DeviceTokenCheck(openId.issuer(), openId.audience());
      call(KeycloakAdminClient::deviceToken)
          .flatMap(tokens::fault)
          .ifPresent(fault -> LOG.log(Level.WARNING, fault));
    } catch (Problem notYet) {
      LOG.log(Level.WARNING, notYet.sentence() + address + " cause=" + ProblemLog.root(notYet));
    }
  }

  /** Whether Keycloak gives us a token right now, as the client that manages the devices' ones. */
  public boolean answers() {
    try {
      keycloak.issuerTime(limits.get());
      return true;
    } catch (KeycloakFailure failure) {
      return false;
    }
  }

  private <T> T call(Function<KeycloakAdminClient, T> work) {
    KeycloakTimeLimit limit = limits.get();
    KeycloakAdminClient admin = new KeycloakAdminClient(keycloak, limit);
    for (int tries = 1; ; tries++) {
      try {
        return work.apply(admin);
      } catch (KeycloakFailure failure) {
        if (failure.isRefusal() || tries == TRIES || !limit.pause()) {
          throw problem(failure);
        }
      }
    }
  }

  private static Problem problem(KeycloakFailure cause) {
    String sentence =
        cause.isRefusal()
            ? "Keycloak did not do what it was asked for"
            : "Keycloak does not answer right now";
    return Problem.of(ProblemCode.EXTERNAL_SERVICE_ERROR, sentence, cause);
  }
}
