package org.fleetcast.identity;

import com.nimbusds.oauth2.sdk.Scope;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Setting;

/** What is configured about the OpenID provider. */
@Singleton
public class OpenIdSettings {
  private static final long LARGEST_SKEW = 600;

  private final Optional<URI> issuer;
  private final AudienceRule audience;
  private final Optional<OpenIdClient> client;
  private final RoleRule roles;
  private final Duration skew;

  @Inject
  public OpenIdSettings(
      @ConfigProperty(name = "oidc.issuer.url") Optional<String> issuerUrl,
      @ConfigProperty(name = "oidc.client.id") Optional<String> clientId,
      @ConfigProperty(name = "oidc.client.secret") Optional<String> clientSecret,
      @ConfigProperty(name = "oidc.audience") Optional<String> audience,
      @ConfigProperty(name = "oidc.scopes") String scopes,
      @ConfigProperty(name = "oidc.required.role") Optional<String> requiredRole,
      @ConfigProperty(name = "oidc.clock.skew.seconds") String skewSeconds) {
    this.issuer = issuerUrl.map(OpenIdSettings::address);
    this.audience = new AudienceRule(audience.orElse(null), clientId.orElse(null));
    this.roles = new RoleRule(this.audience, requiredRole.map(String::strip).orElse(null));
    this.skew =
        Duration.ofSeconds(Setting.number("OIDC_CLOCK_SKEW_SECONDS", skewSeconds, 0, LARGEST_SKEW));
    this.client = clientId.map(id -> new OpenIdClient(id, clientSecret.orElse(null), of(scopes)));
    if (issuer.isPresent() && clientId.isEmpty() && audience.isEmpty()) {
      throw Setting.bad("OIDC_CLIENT_ID must be set, since OIDC_ISSUER_URL is");
    }
  }

  /** Of a public client, with the defaults of the rest. */
  /** The provider's issuer; empty when there is no provider. */
  public Optional<URI> issuer() {
    return issuer;
  }

  public AudienceRule audience() {
    return audience;
  }

  /** As whom people are sent to the provider; empty without OIDC_CLIENT_ID. */
  Optional<OpenIdClient> client() {
    return client;
  }

  RoleRule roles() {
    return roles;
  }

  /** How far the provider's clock may be from ours. */
  Duration skew() {
    return skew;
  }

  private static Scope of(String scopes) {
    Scope scope = Scope.parse(scopes);
    if (!scope.contains("openid")) {
      throw Setting.bad("OIDC_SCOPES must name openid among the scopes");
    }
    return scope;
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
    return Setting.bad(
        "OIDC_ISSUER_URL must be the http or https address of an OpenID provider, with no"
            + " underscore in the name of the host");
  }
}
