package org.fleetcast.identity;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.identity.local.IssuerStore;
import org.fleetcast.identity.local.LocalIssuer;
import org.fleetcast.identity.local.SigningKey;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.Setting;
import org.fleetcast.time.SteadyClock;

/** Whose tokens are trusted: the OpenID provider's, else the local issuer's, else nobody's. */
@Singleton
public class Issuers {
  private static final Logger LOG = System.getLogger(Issuers.class.getName());
  private static final Duration LONGEST_TOKEN = Duration.ofDays(1);

  private final Clock clock = Clock.systemUTC();
  private final Optional<LocalIssuer> local;
  private final Optional<OpenIdIssuer> openId;
  private final Optional<? extends Issuer> trusted;

  @Inject
  Issuers(
      OpenIdSettings settings,
      ProviderTrust trust,
      @ConfigProperty(name = "fleetcast.local.login") String localLogin,
      @ConfigProperty(name = "fleetcast.local.token.seconds") String tokenSeconds,
      PublicUrl site,
      IssuerStore store,
      SecretBox box) {
    Duration life = Setting.seconds("FLEETCAST_LOCAL_TOKEN_SECONDS", tokenSeconds, LONGEST_TOKEN);
    this.local =
        Setting.flag("FLEETCAST_LOCAL_LOGIN", localLogin) && settings.issuer().isEmpty()
            ? Optional.of(
                new LocalIssuer(
                    site,
                    settings.audience(),
                    life,
                    new SigningKey(store, box, clock),
                    store,
                    clock))
            : Optional.empty();
    this.openId =
        settings
            .issuer()
            .map(issuer -> new OpenIdProvider(issuer, trust, SteadyClock.INSTANCE))
            .map(provider -> new OpenIdIssuer(provider, settings, clock));
    this.trusted = openId.isPresent() ? openId : local;
  }

  void start(@Observes @Priority(1000) Startup event) {
    local.ifPresent(LocalIssuer::prepare);
    String mode =
        local.isPresent() ? "local" : trusted.isPresent() ? "openid" : "none, nobody can log in";
    LOG.log(Level.INFO, "Login is ready issuer=" + mode);
  }

  Optional<LocalIssuer> local() {
    return local;
  }

  /** The OpenID provider, where one is configured. */
  Optional<OpenIdIssuer> openId() {
    return openId;
  }

  /** The time of day, by which tokens and sign-ins end. */
  Clock clock() {
    return clock;
  }

  Optional<? extends Issuer> trusted() {
    return trusted;
  }

  /**
   * The local issuer, where the request makes sense only with one.
   *
   * @throws Problem 503 when the local login is off
   */
  public LocalIssuer localOrRefuse() {
    return local.orElseThrow(
        () ->
            Problem.of(
                ProblemCode.SERVICE_UNAVAILABLE,
                trusted.isPresent()
                    ? "This service issues no tokens itself: get one from the OpenID provider"
                    : "Nobody can sign in here: no OpenID provider is configured"));
  }
}
