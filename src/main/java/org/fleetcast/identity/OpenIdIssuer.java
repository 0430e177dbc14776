package org.fleetcast.identity;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.jwk.source.JWKSetBasedJWKSource;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jose.util.ResourceRetriever;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * An OpenID provider, known by discovery. It is asked at the first token, not at start, so that a
 * provider that is down stops nobody from starting; its keys are kept, and fetched again when a
 * token names one that we do not have.
 */
final class OpenIdIssuer implements Issuer {
  private static final Duration KEYS_LIFE = Duration.ofMinutes(10);
  private static final Duration KEYS_WAIT = Duration.ofSeconds(10);
  private static final Duration KEYS_INTERVAL = Duration.ofSeconds(10);
  private static final Duration OUTAGE = Duration.ofHours(12);
  private static final Duration SKEW = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final ResourceRetriever retriever = new DefaultResourceRetriever(2000, 3000, 1 << 20);
  private final URI issuer;
  private final AudienceRule audience;
  private final Clock clock;
  private final Clock steady;
  private @Nullable TokenVerifier verifier;
  private Instant notBefore = Instant.MIN;

  /**
   * The provider of that address.
   *
   * @param clock the time of day, by which tokens end
   * @param steady what waits and caches are measured by
   */
  OpenIdIssuer(URI issuer, AudienceRule audience, Clock clock, Clock steady) {
    this.issuer = issuer;
    this.audience = audience;
    this.clock = clock;
    this.steady = steady;
  }

  @Override
  public Optional<Caller> verify(String token) {
    return verifier().verify(token).map(claims -> Caller.of(claims, token));
  }

  /** Nothing: whoever got a refresh token of this provider renews it there. */
  @Override
  public Optional<Tokens> renew(String refreshToken) {
    return Optional.empty();
  }

  private synchronized TokenVerifier verifier() {
    TokenVerifier known = verifier;
    if (known == null) {
      // A provider that just failed is left alone for a moment, or every request would wait for it.
      if (steady.instant().isBefore(notBefore)) {
        throw unavailable(null);
      }
      known = discover();
      verifier = known;
    }
    return known;
  }

  private TokenVerifier discover() {
    try {
      String base = Site.withoutSlash(issuer.toString());
      URL address = URI.create(base + "/.well-known/openid-configuration").toURL();
      String document = retriever.retrieveResource(address).getContent();
      Map<String, Object> metadata = JSONObjectUtils.parse(document);
      String name = JSONObjectUtils.getString(metadata, "issuer");
      URI keys = JSONObjectUtils.getURI(metadata, "jwks_uri");
      if (name == null || keys == null || !Site.withoutSlash(name).equals(base)) {
        throw new IOException("The discovery document is not one of the issuer " + issuer);
      }
      return new TokenVerifier(
          name,
          keys(keys.toURL()),
          TokenVerifier.by(audience),
          new HashSet<>(Arrays.asList(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null)),
          SKEW,
          clock);
    } catch (IOException | ParseException | IllegalArgumentException failure) {
      notBefore = steady.instant().plus(RETRY);
      throw unavailable(failure);
    }
  }

  private JWKSource<SecurityContext> keys(URL url) {
    JWKSource<SecurityContext> keys =
        JWKSourceBuilder.<SecurityContext>create(url, retriever)
            .cache(KEYS_LIFE.toMillis(), KEYS_WAIT.toMillis())
            .refreshAheadCache(false) // it would start threads of its own
            .rateLimited(KEYS_INTERVAL.toMillis())
            .retrying(true)
            .outageTolerant(OUTAGE.toMillis())
            .build();
    // What the builder builds asks the wall clock; below it is all that was chosen here.
    return new SteadyKeys(((JWKSetBasedJWKSource<SecurityContext>) keys).getJWKSetSource(), steady);
  }

  private static Problem unavailable(@Nullable Throwable cause) {
    return Problem.of(
            Code.SERVICE_UNAVAILABLE, "The login provider does not answer right now", cause)
        .retryAfter(RETRY);
  }
}
