package org.fleetcast.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.fleetcast.problem.LogText;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/** Checks a token: RS256 or ES256 by one of the issuer's keys, issuer, audience and times. */
public final class TokenVerifier {
  private static final Logger LOG = System.getLogger(TokenVerifier.class.getName());

  /** In characters; a longer token is refused unread. */
  static final int LONGEST = 24 * 1024;

  static final Set<JWSAlgorithm> ALGORITHMS = Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256);

  private static final JOSEObjectType ACCESS = new JOSEObjectType("at+jwt");
  private static final JOSEObjectType ACCESS_IN_FULL = new JOSEObjectType("application/at+jwt");

  /** The {@code typ} headers of access tokens; null stands for an absent one. */
  static final Set<@Nullable JOSEObjectType> ACCESS_TYPES =
      Collections.unmodifiableSet(
          new HashSet<>(Arrays.asList(JOSEObjectType.JWT, ACCESS, ACCESS_IN_FULL, null)));

  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
  private final String issuer;
  private final Predicate<JWTClaimsSet> audience;
  private final Duration skew;
  private final Clock clock;

  /**
   * A verifier of tokens of one type.
   *
   * @param types the {@code typ} headers taken; null stands for an absent one
   * @param skew how far the issuer's clock may be from ours
   */
  public TokenVerifier(
      String issuer,
      JWKSource<SecurityContext> keys,
      Predicate<JWTClaimsSet> audience,
      Set<@Nullable JOSEObjectType> types,
      Duration skew,
      Clock clock) {
    this.issuer = issuer;
    this.audience = audience;
    this.skew = skew;
    this.clock = clock;
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
    // A copy that can be asked for null, which an unmodifiable set cannot.
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new HashSet<>(types)));
    processor.setJWTClaimsSetVerifier((claims, context) -> check(claims));
  }

  /**
   * The claims of a good token; empty when it is refused.
   *
   * @throws Problem 503 when the keys cannot be had right now
   */
  public Optional<JWTClaimsSet> verify(String token) {
    return verify(
        token, reason -> LOG.log(Level.DEBUG, "Token refused reason=" + LogText.of(reason)));
  }

  /**
   * The same, saying why.
   *
   * @param why is given the reason, in which there may be what a stranger sent
   */
  public Optional<JWTClaimsSet> verify(String token, Consumer<String> why) {
    if (token.length() > LONGEST) {
      why.accept("too long");
      return Optional.empty();
    }
    try {
      SignedJWT signed = SignedJWT.parse(token);
      JWTClaimsSet claims = processor.process(signed, null);
      require(isForAccess(signed.getHeader().getType(), claims), "no access token");
      return Optional.of(claims);
    } catch (RateLimitReachedException unknownKey) {
      // The keys were fetched a moment ago and hold no such key: whoever sends it may not make
      // us fetch them again and again.
      why.accept("unknown key");
      return Optional.empty();
    } catch (KeySourceException unreachable) {
      throw Problem.of(
              ProblemCode.SERVICE_UNAVAILABLE,
              "The keys of the login provider cannot be had right now",
              unreachable)
          .retryAfter(Duration.ofSeconds(5));
    } catch (ParseException | BadJOSEException | JOSEException refused) {
      why.accept(String.valueOf(refused.getMessage()));
      return Optional.empty();
    }
  }

  /**
   * Whether a token is neither an ID token nor a logout token: both are signed by the same keys,
   * and anybody to whom a person signs in has one.
   */
  static boolean isForAccess(@Nullable JOSEObjectType type, JWTClaimsSet claims) {
    if (claims.getClaim("events") != null || "ID".equals(claims.getClaim("typ"))) {
      return false;
    }
    return ACCESS.equals(type)
        || ACCESS_IN_FULL.equals(type)
        || (claims.getClaim("nonce") == null && claims.getClaim("at_hash") == null);
  }

  private void check(JWTClaimsSet claims) throws BadJWTException {
    require(claims.getSubject() != null && !claims.getSubject().isEmpty(), "no subject");
    require(issuer.equals(claims.getIssuer()), "another issuer");
    require(audience.test(claims), "another audience");
    Instant now = clock.instant();
    Date expires = claims.getExpirationTime();
    require(expires != null && now.minus(skew).isBefore(expires.toInstant()), "expired");
    Date notBefore = claims.getNotBeforeTime();
    require(notBefore == null || !now.plus(skew).isBefore(notBefore.toInstant()), "not valid yet");
  }

  private static void require(boolean fine, String reason) throws BadJWTException {
    if (!fine) {
      throw new BadJWTException(reason);
    }
  }

  /** The audience rule as a test of claims. */
  public static Predicate<JWTClaimsSet> by(AudienceRule rule) {
    return claims -> {
      List<String> aud = claims.getAudience();
      return rule.allows(aud, Caller.party(claims.getClaim("azp"), claims.getClaim("client_id")));
    };
  }
}
