package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.RemoteKeySourceException;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TokenVerifierTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00Z");
  private static final String ISSUER = "https://id.example";

  private static RSAKey rsa;
  private static RSAKey stranger;
  private static ECKey ec;

  @BeforeAll
  static void keys() throws JOSEException {
    rsa = new RSAKeyGenerator(2048).keyID("rsa").generate();
    stranger = new RSAKeyGenerator(2048).keyID("rsa").generate();
    ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
  }

  @Test
  void takes_a_good_token_of_either_algorithm() throws JOSEException {
    assertThat(accepts(rs256(claims().build(), rsa))).isTrue();
    assertThat(accepts(signed(JWSAlgorithm.ES256, "ec", new ECDSASigner(ec), claims().build())))
        .isTrue();
  }

  @Test
  void refuses_id_tokens_and_logout_tokens() throws JOSEException {
    for (JWTClaimsSet other :
        List.of(
            claims().claim("typ", "ID").build(),
            claims().claim("nonce", "n").build(),
            claims().claim("at_hash", "h").build(),
            claims().claim("events", Map.of("x", Map.of())).build())) {
      assertThat(accepts(rs256(other, rsa))).isFalse();
    }
    assertThat(accepts(rs256(claims().claim("typ", "Bearer").build(), rsa))).isTrue();
  }

  @Test
  void a_type_that_is_of_access_tokens_only_may_carry_a_nonce() {
    JWTClaimsSet claims = claims().claim("nonce", "n").build();
    assertThat(TokenVerifier.isForAccess(new JOSEObjectType("at+jwt"), claims)).isTrue();
    assertThat(TokenVerifier.isForAccess(new JOSEObjectType("application/at+jwt"), claims))
        .isTrue();
    assertThat(TokenVerifier.isForAccess(JOSEObjectType.JWT, claims)).isFalse();
    assertThat(TokenVerifier.isForAccess(null, claims)).isFalse();
  }

  @Test
  void refuses_a_token_without_signature() {
    assertThat(accepts(new PlainJWT(claims().build()).serialize())).isFalse();
  }

  @Test
  void refuses_a_secret_made_of_the_public_key() throws JOSEException {
    byte[] publicKey = rsa.toRSAPublicKey().getEncoded();
    assertThat(
            accepts(signed(JWSAlgorithm.HS256, "rsa", new MACSigner(publicKey), claims().build())))
        .isFalse();
  }

  @Test
  void refuses_another_algorithm_of_the_same_key() throws JOSEException {
    assertThat(accepts(signed(JWSAlgorithm.PS256, "rsa", new RSASSASigner(rsa), claims().build())))
        .isFalse();
  }

  @Test
  void refuses_anothers_key_under_the_same_name() throws JOSEException {
    assertThat(accepts(rs256(claims().build(), stranger))).isFalse();
  }

  @Test
  void refuses_a_changed_token_and_what_is_none() throws JOSEException {
    String token = rs256(claims().build(), rsa);
    String[] parts = token.split("\\.");
    String other = rs256(claims().subject("eve").build(), stranger).split("\\.")[1];
    assertThat(accepts(parts[0] + "." + other + "." + parts[2])).isFalse();
    assertThat(accepts("")).isFalse();
    assertThat(accepts("x.y.z")).isFalse();
  }

  @Test
  void refuses_another_issuer_or_audience_or_no_subject() throws JOSEException {
    assertThat(accepts(rs256(claims().issuer("https://evil.example").build(), rsa))).isFalse();
    assertThat(accepts(rs256(claims().issuer(null).build(), rsa))).isFalse();
    assertThat(accepts(rs256(claims().audience("other").build(), rsa))).isFalse();
    assertThat(accepts(rs256(claims().subject(null).build(), rsa))).isFalse();
  }

  @Test
  void refuses_an_expired_token_or_one_without_end() throws JOSEException {
    assertThat(accepts(rs256(claims().expirationTime(at(-9)).build(), rsa))).isTrue();
    assertThat(accepts(rs256(claims().expirationTime(at(-10)).build(), rsa))).isFalse();
    assertThat(accepts(rs256(claims().expirationTime(null).build(), rsa))).isFalse();
  }

  @Test
  void a_time_at_the_end_of_all_times_is_one() throws JOSEException {
    Date last = new Date(Long.MAX_VALUE);
    assertThat(accepts(rs256(claims().expirationTime(last).build(), rsa))).isTrue();
    assertThat(accepts(rs256(claims().notBeforeTime(last).build(), rsa))).isFalse();
    Date first = new Date(Long.MIN_VALUE);
    assertThat(accepts(rs256(claims().expirationTime(first).build(), rsa))).isFalse();
    assertThat(accepts(rs256(claims().notBeforeTime(first).build(), rsa))).isTrue();
  }

  @Test
  void refuses_a_token_of_later() throws JOSEException {
    assertThat(accepts(rs256(claims().notBeforeTime(at(10)).build(), rsa))).isTrue();
    assertThat(accepts(rs256(claims().notBeforeTime(at(11)).build(), rsa))).isFalse();
  }

  @Test
  void refuses_a_token_of_another_type_or_of_none() throws JOSEException {
    SignedJWT untyped =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa").build(), claims().build());
    untyped.sign(new RSASSASigner(rsa));
    assertThat(accepts(untyped.serialize())).isFalse();
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.RS256)
            .keyID("rsa")
            .type(new JOSEObjectType("refresh+jwt"))
            .build();
    SignedJWT token = new SignedJWT(header, claims().build());
    token.sign(new RSASSASigner(rsa));
    assertThat(accepts(token.serialize())).isFalse();
  }

  @Test
  void what_is_too_long_is_refused_unread_and_no_key_is_asked_for() throws JOSEException {
    TokenVerifier verifier =
        verifier(
            (selector, context) -> {
              throw new RemoteKeySourceException("asked", new IllegalStateException());
            });
    String token = rs256(claims().claim("x", "y".repeat(TokenVerifier.LONGEST)).build(), rsa);
    assertThat(verifier.verify(token)).isEmpty();
    String roles = "r".repeat(TokenVerifier.LONGEST / 2);
    assertThat(accepts(rs256(claims().claim("groups", List.of(roles)).build(), rsa))).isTrue();
  }

  @Test
  void what_strangers_send_as_a_token_is_refused_without_a_key_or_much_work() {
    TokenVerifier verifier =
        verifier(
            (selector, context) -> {
              throw new AssertionError("a key was asked for");
            });
    String claims = base64(claims().build().toString());
    List<String> tokens =
        List.of(
            base64("{\"alg\":\"none\"}") + "." + claims + ".",
            base64("{\"alg\":\"HS256\"}") + "." + claims + ".AAAA",
            base64("{\"alg\":\"RS512\",\"kid\":\"rsa\"}") + "." + claims + ".AAAA",
            base64("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + base64("[".repeat(9_000)) + ".AA",
            base64("{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\",\"p2c\":2000000000}")
                + ".A.A.A.A",
            base64("[".repeat(10_000)) + ".A.A",
            base64("{\"alg\":\"RS256\",\"a\":".repeat(400)) + ".A.A",
            ".".repeat(TokenVerifier.LONGEST));
    assertTimeout(
        Duration.ofMinutes(1),
        () -> {
          for (int i = 0; i < 200; i++) {
            tokens.forEach(token -> assertThat(verifier.verify(token)).isEmpty());
          }
        });
  }

  private static String base64(String json) {
    return Base64URL.encode(json).toString();
  }

  @Test
  void says_that_the_keys_cannot_be_had_instead_of_refusing() throws JOSEException {
    TokenVerifier verifier =
        verifier(
            (selector, context) -> {
              throw new RemoteKeySourceException("down", new IllegalStateException());
            });
    String token = rs256(claims().build(), rsa);
    assertThatThrownBy(() -> verifier.verify(token))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.SERVICE_UNAVAILABLE));
  }

  private static boolean accepts(String token) {
    return verifier(new ImmutableJWKSet<>(new JWKSet(List.of(rsa.toPublicJWK(), ec.toPublicJWK()))))
        .verify(token)
        .isPresent();
  }

  private static TokenVerifier verifier(JWKSource<SecurityContext> keys) {
    return new TokenVerifier(
        ISSUER,
        keys,
        TokenVerifier.by(new AudienceRule(null, "fleet")),
        Set.of(JOSEObjectType.JWT),
        Duration.ofSeconds(10),
        Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .subject("ann")
        .audience("fleet")
        .expirationTime(at(60));
  }

  private static String rs256(JWTClaimsSet claims, RSAKey key) throws JOSEException {
    return signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(key), claims);
  }

  private static String signed(
      JWSAlgorithm algorithm, String kid, JWSSigner signer, JWTClaimsSet claims)
      throws JOSEException {
    JWSHeader header = new JWSHeader.Builder(algorithm).keyID(kid).type(JOSEObjectType.JWT).build();
    SignedJWT token = new SignedJWT(header, claims);
    token.sign(signer);
    return token.serialize();
  }

  private static Date at(long seconds) {
    return Date.from(NOW.plusSeconds(seconds));
  }
}
