package org.fleetcast.identity;

import com.nimbusds.jwt.SignedJWT;
import jakarta.json.JsonObject;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.fleetcast.identity.KeycloakApi.Refused;
import org.jspecify.annotations.Nullable;

/**
 * The tokens by which we are let into Keycloak's admin API: kept until shortly before their end. No
 * lock: two that find none fetch two, and nobody waits for another who waits for Keycloak.
 */
final class KeycloakTokens {
  private static final Duration MARGIN = Duration.ofSeconds(10);

  private final TimedKeycloak keycloak;
  private final KeycloakAccess access;
  private final Clock clock;
  private volatile @Nullable Token kept;

  KeycloakTokens(TimedKeycloak keycloak, KeycloakAccess access, Clock clock) {
    this.keycloak = keycloak;
    this.access = access;
    this.clock = clock;
  }

  private record Token(String value, Instant useUntil) {}

  /** The value of an {@code Authorization} header. */
  String bearer(Deadline deadline) {
    Token token = kept;
    if (token == null || !clock.instant().isBefore(token.useUntil())) {
      token = fetch(deadline);
    }
    return "Bearer " + token.value();
  }

  /** Keeps a token no longer that was refused. */
  void forget() {
    kept = null;
  }

  /**
   * Keycloak's clock, to the second. Keycloak sends no {@code Date} header (tried with 26.7.3), and
   * one that a proxy adds would be another clock's. What it writes into a token as {@code iat} is
   * the very clock that a device's tokens are dated by; so a token is asked for and looked at.
   */
  Instant issuerTime(Deadline deadline) {
    try {
      Date issuedAt = SignedJWT.parse(fetch(deadline).value()).getJWTClaimsSet().getIssueTime();
      if (issuedAt != null) {
        return issuedAt.toInstant();
      }
    } catch (ParseException noJwt) {
      throw shapeless();
    }
    throw shapeless();
  }

  private Token fetch(Deadline deadline) {
    Instant asked = clock.instant();
    JsonObject answer =
        keycloak
            .within(deadline)
            .token(access.realm(), "client_credentials", access.clientId(), access.clientSecret());
    String value = answer.getString("access_token", "");
    Duration life = Duration.ofSeconds(answer.getInt("expires_in", 0));
    if (value.isEmpty()) {
      throw shapeless();
    }
    Duration margin = life.compareTo(MARGIN.multipliedBy(2)) > 0 ? MARGIN : life.dividedBy(2);
    Token token = new Token(value, asked.plus(life).minus(margin));
    kept = token;
    return token;
  }

  private static Refused shapeless() {
    return new Refused("Keycloak answered with no token that we can read", 200);
  }
}
