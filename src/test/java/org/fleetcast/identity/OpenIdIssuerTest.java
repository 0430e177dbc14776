package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.concurrent.atomic.AtomicInteger;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A provider of our own on loopback, asked over HTTP as a real one is. */
class OpenIdIssuerTest {
  private final AtomicInteger keysAsked = new AtomicInteger();
  private HttpServer provider;
  private String issuer;
  private volatile String named;
  private volatile JWKSet keys;

  @BeforeEach
  void startProvider() throws IOException, JOSEException {
    provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    issuer = "http://localhost:" + provider.getAddress().getPort() + "/realms/fleet";
    named = issuer;
    keys = new JWKSet(key("first"));
    provider.createContext(
        "/realms/fleet/.well-known/openid-configuration",
        exchange ->
            answer(
                exchange, "{\"issuer\":\"" + named + "\",\"jwks_uri\":\"" + issuer + "/certs\"}"));
    provider.createContext(
        "/realms/fleet/certs",
        exchange -> {
          keysAsked.incrementAndGet();
          answer(exchange, keys.toPublicJWKSet().toString());
        });
    provider.start();
  }

  @AfterEach
  void stopProvider() {
    provider.stop(0);
  }

  @Test
  void findsTheKeysByDiscoveryAndAsksForThemOnce() throws JOSEException {
    OpenIdIssuer openId = openId(issuer);
    assertThat(openId.verify(token("first")).orElseThrow().getSubject()).isEqualTo("ann");
    assertThat(openId.verify(token("first"))).isPresent();
    assertThat(keysAsked).hasValue(1);
  }

  @Test
  void aSlashAtTheEndOfTheSettingIsNoOtherIssuer() throws JOSEException {
    assertThat(openId(issuer + "/").verify(token("first"))).isPresent();
  }

  @Test
  void aNewKeyIsFetchedWhenATokenNamesIt() throws JOSEException {
    OpenIdIssuer openId = openId(issuer);
    assertThat(openId.verify(token("first"))).isPresent();
    keys = new JWKSet(key("second"));
    assertThat(openId.verify(token("second"))).isPresent();
    assertThat(keysAsked).hasValue(2);
  }

  @Test
  void keysAreKeptForTenMinutesByTheSteadyClock() throws JOSEException {
    Instant[] now = {SteadyClock.now()};
    OpenIdIssuer openId = openId(issuer, clockOf(now));
    assertThat(openId.verify(token("first"))).isPresent();
    now[0] = now[0].plus(Duration.ofMinutes(9));
    assertThat(openId.verify(token("first"))).isPresent();
    assertThat(keysAsked).hasValue(1);
    now[0] = now[0].plus(Duration.ofMinutes(2));
    assertThat(openId.verify(token("first"))).isPresent();
    assertThat(keysAsked).hasValue(2);
  }

  @Test
  void aNewKeyIsFetchedAgainTenSecondsLaterByTheSteadyClock() throws JOSEException {
    Instant[] now = {SteadyClock.now()};
    OpenIdIssuer openId = openId(issuer, clockOf(now));
    String forged = signed(key("forged"));
    for (int i = 0; i < 5; i++) {
      assertThat(openId.verify(forged)).isEmpty();
    }
    keys = new JWKSet(key("second"));
    assertThat(openId.verify(token("second"))).isEmpty();
    now[0] = now[0].plusSeconds(11);
    assertThat(openId.verify(token("second"))).isPresent();
  }

  private static Clock clockOf(Instant[] now) {
    return new Clock() {
      @Override
      public Instant instant() {
        return now[0];
      }

      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }
    };
  }

  @Test
  void unknownKeysAreRefusedAndDoNotMakeUsAskForEver() throws JOSEException {
    OpenIdIssuer openId = openId(issuer);
    String forged = signed(key("forged"));
    for (int i = 0; i < 20; i++) {
      assertThat(openId.verify(forged)).isEmpty();
    }
    assertThat(keysAsked.get()).isLessThanOrEqualTo(3);
    assertThat(openId.verify(token("first"))).isPresent();
  }

  @Test
  void aDocumentOfAnotherIssuerIsNotBelieved() throws JOSEException {
    named = "https://evil.example";
    String token = token("first");
    OpenIdIssuer openId = openId(issuer);
    assertThatThrownBy(() -> openId.verify(token)).isInstanceOf(Problem.class);
  }

  @Test
  void aProviderThatIsDownIsToldAsSuchAndNotAsARefusal() throws JOSEException {
    String token = token("first");
    OpenIdIssuer openId = openId(issuer);
    provider.stop(0);
    assertThatThrownBy(() -> openId.verify(token))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.code()).isEqualTo(Code.SERVICE_UNAVAILABLE));
  }

  @Test
  void itsRefreshTokensAreNotOurs() throws JOSEException {
    assertThat(openId(issuer).renew(token("first"))).isEmpty();
  }

  private static OpenIdIssuer openId(String url) {
    return openId(url, SteadyClock.INSTANCE);
  }

  private static OpenIdIssuer openId(String url, Clock steady) {
    return new OpenIdIssuer(
        URI.create(url), new AudienceRule(null, "fleet"), Clock.systemUTC(), steady);
  }

  private String token(String kid) throws JOSEException {
    return signed(keys.getKeyByKeyId(kid).toRSAKey());
  }

  private String signed(RSAKey key) throws JOSEException {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
            new JWTClaimsSet.Builder()
                .issuer(issuer)
                .subject("ann")
                .audience("fleet")
                .expirationTime(Date.from(Instant.now().plusSeconds(60)))
                .build());
    token.sign(new RSASSASigner(key));
    return token.serialize();
  }

  private static RSAKey key(String kid) throws JOSEException {
    return new RSAKeyGenerator(2048).keyID(kid).generate();
  }

  private static void answer(HttpExchange exchange, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
