package org.fleetcast.identity;

import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import org.fleetcast.identity.TokenEndpoint.Granted;
import org.fleetcast.identity.TokenEndpoint.Refused;
import org.jspecify.annotations.Nullable;

/** An OpenID provider as an issuer: its access tokens are verified, and renewed there. */
final class OpenIdIssuer implements Issuer {
  private final OpenIdProvider provider;
  private final OpenIdSettings settings;
  private final Clock clock;
  private final Optional<TokenEndpoint> endpoint;
  private volatile @Nullable TokenVerifier verifier;

  /**
   * The provider as it is configured.
   *
   * @param clock the time of day, by which tokens end
   */
  OpenIdIssuer(OpenIdProvider provider, OpenIdSettings settings, Clock clock) {
    this.provider = provider;
    this.settings = settings;
    this.clock = clock;
    ClockWatch clocks = new ClockWatch(settings.skew(), clock);
    this.endpoint = settings.client().map(client -> new TokenEndpoint(provider, client, clocks));
  }

  OpenIdProvider provider() {
    return provider;
  }

  /** Where tokens are to be had; empty where we are no client of the provider. */
  Optional<TokenEndpoint> endpoint() {
    return endpoint;
  }

  @Override
  public Optional<Caller> verify(String token, Consumer<String> refused) {
    return verifier()
        .verify(token, refused)
        .map(claims -> Caller.of(claims, token, settings.roles()));
  }

  @Override
  public Optional<TokenPair> renew(String refreshToken) {
    if (endpoint.isEmpty()) {
      return Optional.empty();
    }
    try {
      Granted granted = endpoint.get().ask(new RefreshTokenGrant(new RefreshToken(refreshToken)));
      return Optional.of(keeping(refreshToken, granted.forBrowser()));
    } catch (Refused refused) {
      if (refused.isOfTheGrant()) {
        return Optional.empty();
      }
      throw OpenIdProvider.unavailable(new IOException("It refuses us as a client", refused));
    }
  }

  /** Where refresh tokens are not rotated, an answer need not repeat the one that it was for. */
  private static TokenPair keeping(String refreshToken, TokenPair fresh) {
    return !fresh.refresh().isEmpty()
        ? fresh
        : new TokenPair(
            fresh.access(),
            fresh.accessLife(),
            refreshToken,
            fresh.refreshLife(),
            fresh.idToken(),
            fresh.session());
  }

  private TokenVerifier verifier() {
    TokenVerifier made = verifier;
    if (made == null) {
      OpenIdProvider.Known known = provider.known();
      made =
          new TokenVerifier(
              known.metadata().issuer(),
              known.keys(),
              TokenVerifier.by(settings.audience()),
              TokenVerifier.ACCESS_TYPES,
              settings.skew(),
              clock);
      verifier = made;
    }
    return made;
  }
}
