package org.fleetcast.identity;

import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.fleetcast.identity.TokenEndpoint.Refused;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the start whether people can sign in at the provider as it is configured, and says in
 * one sentence what is wrong. Beside the start: it does not depend on a provider that is away.
 */
@Singleton
class ProviderCheck {
  private static final Logger LOG = System.getLogger(ProviderCheck.class.getName());

  private final Issuers issuers;
  private final Optional<OpenIdClient> client;

  @Inject
  ProviderCheck(Issuers issuers, OpenIdSettings settings) {
    this.issuers = issuers;
    this.client = settings.client();
  }

  void start(@Observes @Priority(3000) Startup event, ManagedExecutorService executor) {
    issuers.openId().ifPresent(openId -> executor.execute(() -> check(openId)));
  }

  private void check(OpenIdIssuer openId) {
    try {
      ProviderMetadata metadata = openId.provider().known().metadata();
      if (!metadata.takesS256()) {
        warn("The login provider does not offer PKCE with S256: nobody can sign in", null);
      }
      client.ifPresent(known -> checkScopes(known, metadata));
      openId.endpoint().ifPresent(ProviderCheck::askForNothing);
    } catch (Problem unavailable) {
      warn(
          "OIDC_ISSUER_URL does not answer as the OpenID provider of that name: sign-ins wait for"
              + " it",
          unavailable.getCause());
    }
  }

  private static void checkScopes(OpenIdClient client, ProviderMetadata metadata) {
    List<String> unknown = new ArrayList<>(client.scope().toStringList());
    List<String> known = metadata.scopes();
    if (known != null) {
      unknown.removeAll(known);
      if (!unknown.isEmpty()) {
        warn(
            "OIDC_SCOPES names scopes that the login provider does not know: sign-ins may be"
                + " refused scopes="
                + unknown,
            null);
      }
    }
  }

  /** A refresh token that never was is refused; who is asked first says whether he knows us. */
  private static void askForNothing(TokenEndpoint endpoint) {
    try {
      endpoint.ask(new RefreshTokenGrant(new RefreshToken("none")));
    } catch (Refused refused) {
      if (!refused.isOfTheGrant()) {
        warn(
            "The login provider refuses OIDC_CLIENT_ID with OIDC_CLIENT_SECRET: nobody can sign in",
            refused);
      }
    }
  }

  private static void warn(String sentence, @Nullable Throwable cause) {
    String because = cause == null ? "" : " cause=" + cause.getMessage();
    LOG.log(Level.WARNING, (sentence + because).replaceAll("\\s+", " "));
  }
}
