package org.fleetcast.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.Scope;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.fleetcast.time.SteadyClock;

/** A provider of our own on loopback whose token endpoint answers what a test wants. */
final class OpenIdStage implements AutoCloseable {
  static final String CLIENT = "fleet";

  private static final RSAKey KEY = key();

  private final HttpServer server;
  private final String issuer;
  private volatile int status = 200;
  private volatile String answer = "{}";
  private volatile String asked = "";
  private volatile String revoked = "";
  private volatile boolean hangsUp;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  OpenIdStage() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    issuer = "http://localhost:" + server.getAddress().getPort() + "/realms/fleet";
    server.createContext(
        "/realms/fleet/.well-known/openid-configuration",
        exchange -> {
          passGate();
          reply(exchange, 200, says());
        });
    server.createContext(
        "/realms/fleet/certs",
        exchange -> reply(exchange, 200, new JWKSet(KEY).toPublicJWKSet().toString()));
    server.createContext(
        "/realms/fleet/token",
        exchange -> {
          asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          reply(exchange, status, answer);
        });
    server.createContext(
        "/realms/fleet/revoke",
        exchange -> {
          String form =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          reply(exchange, 200, "");
          revoked = hangsUp ? revoked : form;
        });
    server.setExecutor(threads);
    server.start();
  }

  private String says() {
    return """
    {"issuer":"%1$s","jwks_uri":"%1$s/certs","token_endpoint":"%1$s/token",
    "authorization_endpoint":"%1$s/auth","revocation_endpoint":"%1$s/revoke","authorization_response_iss_parameter_supported":true}
    """
        .formatted(issuer);
  }

  String issuer() {
    return issuer;
  }

  OpenIdProvider provider() {
    return new OpenIdProvider(
        URI.create(issuer), new ProviderTrust(Optional.empty()), SteadyClock.INSTANCE);
  }

  static OpenIdClient client() {
    return new OpenIdClient(CLIENT, "shh", Scope.parse("openid"));
  }

  OpenIdSettings settings() {
    return new OpenIdSettings(
        Optional.of(issuer),
        Optional.of(CLIENT),
        Optional.of("shh"),
        Optional.empty(),
        "openid",
        Optional.empty(),
        "10");
  }

  /** What the token endpoint answers from now on. */
  void answers(int newStatus, String json) {
    status = newStatus;
    answer = json;
  }

  /** Whether it ends each connection without an answer. */
  void hangsUp(boolean does) {
    hangsUp = does;
  }

  /** Lets whoever wants to know it wait. */
  void waitsFor(CountDownLatch latch) {
    gate = latch;
  }

  private void passGate() {
    try {
      gate.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** The form that the revocation endpoint got last. */
  String revoked() {
    return revoked;
  }

  /** The form that the token endpoint got last. */
  String asked() {
    return asked;
  }

  /** Claims of a token for us that is good for a minute. */
  JWTClaimsSet.Builder claims() {
    Instant now = Instant.now();
    return new JWTClaimsSet.Builder()
        .issuer(issuer)
        .subject("ann")
        .audience(CLIENT)
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plusSeconds(60)));
  }

  /** A token signed by the provider. */
  String token(JWTClaimsSet.Builder claims) {
    return token(claims, KEY);
  }

  /** A token signed by somebody else under the name of the provider's key. */
  String forged(JWTClaimsSet.Builder claims) {
    return token(claims, key());
  }

  private static String token(JWTClaimsSet.Builder claims, RSAKey key) {
    try {
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.RS256)
                  .type(JOSEObjectType.JWT)
                  .keyID(key.getKeyID())
                  .build(),
              claims.build());
      token.sign(new RSASSASigner(key));
      return token.serialize();
    } catch (JOSEException unsigned) {
      throw new IllegalStateException(unsigned);
    }
  }

  private static RSAKey key() {
    try {
      return new RSAKeyGenerator(2048).keyID("stage").generate();
    } catch (JOSEException withoutRsa) {
      throw new IllegalStateException(withoutRsa);
    }
  }

  private void reply(HttpExchange exchange, int status, String json) throws IOException {
    if (hangsUp) {
      exchange.close();
      return;
    }
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
