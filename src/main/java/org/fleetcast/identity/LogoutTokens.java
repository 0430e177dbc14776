package org.fleetcast.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.claims.LogoutTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.validators.LogoutTokenValidator;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/** What the provider says when somebody signed out there (OpenID Connect Back-Channel Logout). */
final class LogoutTokens {
  /** One that is older may be somebody's copy: what ended since, ended by another. */
  private static final Duration LONGEST_WAY = Duration.ofMinutes(2);

  private final OpenIdProvider provider;
  private final OpenIdClient client;
  private final Duration skew;
  private final Clock clock;

  /**
   * Those for one client.
   *
   * @param skew how far the provider's clock may be from ours, the time of day
   */
  LogoutTokens(OpenIdProvider provider, OpenIdClient client, Duration skew, Clock clock) {
    this.provider = provider;
    this.client = client;
    this.skew = skew;
    this.clock = clock;
  }

  /**
   * The login that ended, as a verified token says.
   *
   * @throws Problem 400 when the token is not good, 503 when that cannot be found out right now
   */
  EndedLogin read(String token) {
    if (token.length() > TokenVerifier.LONGEST) {
      throw refused(null);
    }
    OpenIdProvider.Known known = provider.known();
    LogoutTokenValidator validator =
        new LogoutTokenValidator(
            new Issuer(known.metadata().issuer()),
            new ClientID(client.id()),
            new JWSVerificationKeySelector<>(TokenVerifier.ALGORITHMS, known.keys()),
            null);
    try {
      return ended(validator.validate(SignedJWT.parse(token)));
    } catch (KeySourceException unreachable) {
      throw OpenIdProvider.unavailable(unreachable);
    } catch (ParseException | BadJOSEException | JOSEException bad) {
      throw refused(bad);
    }
  }

  /** Of a session only that one ends, of a person all that were begun so far. */
  private EndedLogin ended(LogoutTokenClaimsSet claims) {
    Instant issued = claims.getIssueTime().toInstant();
    Instant now = clock.instant();
    if (issued.isAfter(now.plus(skew)) || issued.isBefore(now.minus(LONGEST_WAY).minus(skew))) {
      throw refused(null);
    }
    String subject = claims.getSubject() == null ? null : claims.getSubject().getValue();
    if (claims.getSessionID() != null) {
      return EndedLogin.ofSession(claims.getSessionID().getValue(), subject, issued);
    }
    if (subject == null) {
      throw refused(null);
    }
    return EndedLogin.ofPerson(subject, issued);
  }

  private static Problem refused(@Nullable Throwable cause) {
    return Problem.of(ProblemCode.INVALID_OPERATION, "The logout token is refused", cause);
  }
}
