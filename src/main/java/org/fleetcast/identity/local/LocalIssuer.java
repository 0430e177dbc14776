package org.fleetcast.identity.local;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.fleetcast.identity.AudienceRule;
import org.fleetcast.identity.Caller;
import org.fleetcast.identity.Issuer;
import org.fleetcast.identity.PublicUrl;
import org.fleetcast.identity.TokenPair;
import org.fleetcast.identity.TokenVerifier;
import org.fleetcast.problem.Problem;

/**
 * The service as its own small issuer, for the demo and the tests. A login opens a session, named
 * by the claim {@code sid} of both its tokens; it lives until its refresh token ends or somebody
 * logs out. Refresh tokens have a type and an audience of their own, so none passes for an access
 * token.
 */
public final class LocalIssuer implements Issuer {
  /** The client id, and the audience, where none is configured. */
  static final String DEFAULT_CLIENT_ID = "fleetcast";

  private static final Duration SESSION_LIFE = Duration.ofDays(30);
  private static final JOSEObjectType REFRESH_TYPE = new JOSEObjectType("refresh+jwt");
  private static final String SESSION = "sid";

  private final SigningKey key;
  private final IssuerStore store;
  private final String issuer;
  private final String audience;
  private final String clientId;
  private final Duration accessLife;
  private final Clock clock;
  private final TokenVerifier accessVerifier;
  private final TokenVerifier refreshVerifier;

  /** Sessions that ended while the database was away: as many as sign-outs that wait for it. */
  private final Set<String> ending = ConcurrentHashMap.newKeySet();

  public LocalIssuer(
      PublicUrl site,
      AudienceRule rule,
      Duration accessLife,
      SigningKey key,
      IssuerStore store,
      Clock clock) {
    this.key = key;
    this.store = store;
    this.clock = clock;
    this.accessLife = accessLife;
    this.issuer = site.base() + "/api/auth";
    this.clientId = rule.clientId() == null ? DEFAULT_CLIENT_ID : rule.clientId();
    this.audience = rule.audience() == null ? clientId : rule.audience();
    JWKSource<SecurityContext> keys =
        (selector, context) -> selector.select(new JWKSet(key.get().toPublicJWK()));
    this.accessVerifier =
        new TokenVerifier(
            issuer,
            keys,
            TokenVerifier.by(new AudienceRule(rule.audience(), clientId)),
            Set.of(JOSEObjectType.JWT),
            Duration.ZERO,
            clock);
    this.refreshVerifier =
        new TokenVerifier(
            issuer,
            keys,
            claims -> claims.getAudience().equals(List.of(refreshAudience())),
            Set.of(REFRESH_TYPE),
            Duration.ZERO,
            clock);
  }

  /** Makes the key ready, so that a wrong {@code secret.key} shows at start. */
  public void prepare() {
    key.get();
  }

  /** The public keys as JSON (RFC 7517). */
  public String publicKeys() {
    return new JWKSet(key.get().toPublicJWK()).toString();
  }

  Duration accessLife() {
    return accessLife;
  }

  /** Signs a person in: the tokens of a new session. */
  public TokenPair signIn(LocalUser person) {
    return tokens(person, UUID.randomUUID().toString(), clock.instant().plus(SESSION_LIFE));
  }

  /** An access token for a client of its own right: a device or a terminal. */
  String clientToken(String client, List<String> roles) {
    return sign(
        JOSEObjectType.JWT,
        claims(new LocalUser(client, roles, null, null), clock.instant().plus(accessLife))
            .audience(audience)
            .claim("azp", client)
            .claim("client_id", client)
            .build());
  }

  @Override
  public Optional<Caller> verify(String token, Consumer<String> refused) {
    return accessVerifier.verify(token, refused).map(claims -> Caller.of(claims, token));
  }

  @Override
  public Optional<TokenPair> renew(String refreshToken) {
    return refreshVerifier
        .verify(refreshToken)
        .filter(claims -> !ending.contains(session(claims)))
        .filter(claims -> !store.loggedOut(session(claims)))
        .map(
            claims ->
                tokens(person(claims), session(claims), claims.getExpirationTime().toInstant()));
  }

  /** Whom a refresh token was given to, and in which session; empty when it is refused. */
  public Optional<Caller> holder(String refreshToken) {
    return refreshVerifier.verify(refreshToken).map(claims -> Caller.of(claims, refreshToken));
  }

  /**
   * Ends the session of a caller, if there is one: here at once, and elsewhere when it is written.
   *
   * @throws Problem 503 when the database is away; to be called again then
   */
  public void endSession(Caller caller) {
    if (caller.getClaim(SESSION) instanceof String session) {
      Instant now = clock.instant();
      ending.add(session);
      store.logOut(session, now.plus(SESSION_LIFE), now);
      ending.remove(session);
    }
  }

  private TokenPair tokens(LocalUser person, String session, Instant sessionEnd) {
    Instant now = clock.instant();
    String access =
        sign(
            JOSEObjectType.JWT,
            claims(person, now.plus(accessLife))
                .audience(audience)
                .claim("azp", clientId)
                .claim(SESSION, session)
                .build());
    String refresh =
        sign(
            REFRESH_TYPE,
            claims(person, sessionEnd).audience(refreshAudience()).claim(SESSION, session).build());
    return new TokenPair(
        access, accessLife, refresh, Duration.between(now, sessionEnd), null, null);
  }

  private JWTClaimsSet.Builder claims(LocalUser person, Instant expires) {
    return new JWTClaimsSet.Builder()
        .issuer(issuer)
        .subject(person.subject())
        .jwtID(UUID.randomUUID().toString())
        .issueTime(Date.from(clock.instant()))
        .expirationTime(Date.from(expires))
        .claim("groups", person.roles())
        .claim("name", person.name())
        .claim("email", person.email());
  }

  private String sign(JOSEObjectType type, JWTClaimsSet claims) {
    RSAKey signer = key.get();
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).type(type).keyID(signer.getKeyID()).build(),
            claims);
    try {
      token.sign(new RSASSASigner(signer));
    } catch (JOSEException ownKey) {
      throw new IllegalStateException("The signing key does not sign", ownKey);
    }
    return token.serialize();
  }

  private String refreshAudience() {
    return issuer + "/refresh";
  }

  private static String session(JWTClaimsSet claims) {
    return String.valueOf(claims.getClaim(SESSION));
  }

  private static LocalUser person(JWTClaimsSet claims) {
    Caller caller = Caller.of(claims, "");
    return new LocalUser(
        claims.getSubject(),
        List.copyOf(caller.getGroups()),
        caller.getClaim("name"),
        caller.getClaim("email"));
  }
}
