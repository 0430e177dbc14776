package org.fleetcast.identity;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.identity.keycloak.KeycloakAccess;
import org.fleetcast.identity.keycloak.KeycloakCredentialIssuer;
import org.fleetcast.identity.local.LocalClients;

/** Who gives devices their credentials: Keycloak where it is configured, else we ourselves. */
@Singleton
class CredentialIssuers {
  private static final Logger LOG = System.getLogger(CredentialIssuers.class.getName());

  private final Optional<KeycloakAccess> keycloak;
  private final Instance<KeycloakCredentialIssuer> clients;
  private final Instance<LocalClients> local;
  private final ManagedExecutorService executor;

  @Inject
  CredentialIssuers(
      @ConfigProperty(name = "keycloak.base.url") Optional<String> base,
      @ConfigProperty(name = "keycloak.realm") Optional<String> realm,
      @ConfigProperty(name = "keycloak.admin.client.id") Optional<String> clientId,
      @ConfigProperty(name = "keycloak.admin.client.secret") Optional<String> clientSecret,
      @ConfigProperty(name = "rotation.cron") Optional<String> cron,
      OpenIdSettings openId,
      Instance<KeycloakCredentialIssuer> clients,
      Instance<LocalClients> local,
      ManagedExecutorService executor) {
    this.clients = clients;
    this.local = local;
    this.executor = executor;
    this.keycloak =
        KeycloakAccess.read(
            List.of(base, realm, clientId, clientSecret),
            openId.issuer(),
            cron.filter(text -> !text.isBlank()).isPresent());
  }

  /** A Keycloak that is down stops nobody from starting. */
  void start(@Observes @Priority(1000) Startup event) {
    String issuer =
        keycloak.map(access -> access.base() + " realm=" + access.realm()).orElse("local");
    LOG.log(Level.INFO, "Devices get their credentials from issuer=" + issuer);
    if (keycloak.isPresent()) {
      executor.execute(clients.get()::tryOut);
    }
  }

  /** Keycloak, where it is the one. */
  Optional<KeycloakCredentialIssuer> keycloak() {
    return keycloak.map(access -> clients.get());
  }

  @Produces
  @Singleton
  @Typed(CredentialIssuer.class)
  CredentialIssuer chosen() {
    return keycloak.isPresent() ? clients.get() : local.get();
  }

  /** Asked for only where there is one. */
  @Produces
  @Singleton
  KeycloakAccess access() {
    return keycloak.orElseThrow();
  }
}
