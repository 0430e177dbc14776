package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/** What is configured about the OpenID provider. */
@Singleton
class OpenIdSettings {
  private final Optional<URI> issuer;
  private final AudienceRule audience;

  @Inject
  OpenIdSettings(
      @ConfigProperty(name = "oidc.issuer.url") Optional<String> issuerUrl,
      @ConfigProperty(name = "oidc.client.id") Optional<String> clientId,
      @ConfigProperty(name = "oidc.audience") Optional<String> audience) {
    this.issuer = issuerUrl.map(OpenIdSettings::address);
    this.audience = new AudienceRule(audience.orElse(null), clientId.orElse(null));
    if (issuer.isPresent() && clientId.isEmpty() && audience.isEmpty()) {
      throw Setting.bad("OIDC_CLIENT_ID must be set, since OIDC_ISSUER_URL is");
    }
  }

  /** The provider's issuer; empty when there is no provider. */
  Optional<URI> issuer() {
    return issuer;
  }

  AudienceRule audience() {
    return audience;
  }

  private static URI address(String url) {
    try {
      URI uri = new URI(url);
      if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException malformed) {
      throw badIssuer();
    }
    throw badIssuer();
  }

  private static IllegalStateException badIssuer() {
    return Setting.bad("OIDC_ISSUER_URL must be the http or https address of an OpenID provider");
  }
}
