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
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.ManualClock;
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
  private volatile CountDownLatch gate = new CountDownLatch(0);

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
          await(gate);
          answer(exchange, keys.toPublicJWKSet().toString());
        });
    provider.start();
  }

  @AfterEach
  void stopProvider() {
    provider.stop(0);
  }

  @Test
  void finds_the_keys_by_discovery_and_asks_for_them_once() throws JOSEException {
    OpenIdIssuer openId = openId(issuer);
    assertThat(openId.verify(token("first")).orElseThrow().getSubject()).isEqualTo("ann");
    assertThat(openId.verify(token("first"))).isPresent();
    assertThat(keysAsked).hasValue(1);
  }

  @Test
  void a_provider_answers_while_it_is_there_and_is_the_one_that_is_meant() {
    OpenIdProvider asked = openId(issuer).provider();
    assertThat(asked.trouble()).isEmpty();
    named = issuer + "/another";
    assertThat(asked.trouble()).get().asString().contains(named);
    named = issuer;
    assertThat(asked.trouble()).isEmpty();
    provider.stop(0);
    assertThat(asked.trouble()).get().asString().contains("ConnectException");
  }

  @Test
  void a_slash_at_the_end_of_the_setting_is_no_other_issuer() throws JOSEException {
    assertThat(openId(issuer + "/").verify(token("first"))).isPresent();
  }

  @Test
  void a_new_key_is_fetched_when_a_token_names_it() throws JOSEException {
    OpenIdIssuer openId = openId(issuer);
    assertThat(openId.verify(token("first"))).isPresent();
    keys = new JWKSet(key("second"));
    assertThat(openId.verify(token("second"))).isPresent();
    assertThat(keysAsked).hasValue(2);
  }

  @Test
  void keys_are_kept_for_ten_minutes_by_the_steady_clock() throws JOSEException {
    ManualClock steady = new ManualClock();
    OpenIdIssuer openId = openId(issuer, steady);
    assertThat(openId.verify(token("first"))).isPresent();
    steady.passes(Duration.ofMinutes(9));
    assertThat(openId.verify(token("first"))).isPresent();
    assertThat(keysAsked).hasValue(1);
    steady.passes(Duration.ofMinutes(2));
    assertThat(openId.verify(token("first"))).isPresent();
    assertThat(keysAsked).hasValue(2);
  }

  @Test
  void a_new_key_is_fetched_again_ten_seconds_later_by_the_steady_clock() throws JOSEException {
    ManualClock steady = new ManualClock();
    OpenIdIssuer openId = openId(issuer, steady);
    String forged = signed(key("forged"));
    for (int i = 0; i < 5; i++) {
      assertThat(openId.verify(forged)).isEmpty();
    }
    keys = new JWKSet(key("second"));
    assertThat(openId.verify(token("second"))).isEmpty();
    steady.passes(Duration.ofSeconds(11));
    assertThat(openId.verify(token("second"))).isPresent();
  }

  @Test
  void unknown_keys_are_refused_and_do_not_make_us_ask_for_ever() throws JOSEException {
    OpenIdIssuer openId = openId(issuer, new ManualClock());
    String forged = signed(key("forged"));
    for (int i = 0; i < 20; i++) {
      assertThat(openId.verify(forged)).isEmpty();
    }
    assertThat(keysAsked.get()).isLessThanOrEqualTo(3);
    assertThat(openId.verify(token("first"))).isPresent();
  }

  @Test
  void of_tokens_of_unknown_keys_a_limited_number_waits_for_a_slow_provider() throws JOSEException {
    OpenIdIssuer openId = openId(issuer);
    assertThat(openId.verify(token("first"))).isPresent();
    String forged = signed(key("forged"));
    gate = new CountDownLatch(1);
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<CompletableFuture<Boolean>> strangers =
          IntStream.range(0, 2 * CachedKeySource.MOST_WAITING)
              .mapToObj(i -> CompletableFuture.supplyAsync(() -> isGood(openId, forged), threads))
              .toList();
      Awaitility.await()
          .atMost(Duration.ofSeconds(5)) // the provider itself is given six, with a second try
          .until(
              () ->
                  strangers.stream().filter(CompletableFuture::isDone).count()
                      == CachedKeySource.MOST_WAITING);
      assertThat(openId.verify(token("first"))).as("of a known key").isPresent();
      gate.countDown();
      assertThat(strangers.stream().map(CompletableFuture::join)).containsOnly(false);
    } finally {
      gate.countDown();
      threads.shutdown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isGood(OpenIdIssuer openId, String token) {
    try {
      return openId.verify(token).isPresent();
    } catch (Problem unavailable) {
      return false;
    }
  }

  @Test
  void a_document_of_another_issuer_is_not_believed() throws JOSEException {
    named = "https://evil.example";
    String token = token("first");
    OpenIdIssuer openId = openId(issuer);
    assertThatThrownBy(() -> openId.verify(token)).isInstanceOf(Problem.class);
  }

  @Test
  void a_provider_that_is_down_is_told_as_such_and_not_as_a_refusal() throws JOSEException {
    String token = token("first");
    OpenIdIssuer openId = openId(issuer);
    provider.stop(0);
    assertThatThrownBy(() -> openId.verify(token))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.SERVICE_UNAVAILABLE));
  }

  @Test
  void a_session_is_renewed_by_its_refresh_token_whether_that_is_rotated_or_not()
      throws IOException {
    try (OpenIdStage stage = new OpenIdStage()) {
      OpenIdIssuer openId = new OpenIdIssuer(stage.provider(), stage.settings(), Clock.systemUTC());
      stage.answers(200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}");
      assertThat(openId.renew("r1").orElseThrow().refresh()).isEqualTo("r1");
      assertThat(stage.asked()).contains("grant_type=refresh_token").contains("refresh_token=r1");
      stage.answers(
          200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"refresh_token\":\"r2\"}");
      assertThat(openId.renew("r1").orElseThrow().refresh()).isEqualTo("r2");
    }
  }

  @Test
  void a_refused_refresh_token_is_told_apart_from_a_provider_that_fails() throws IOException {
    try (OpenIdStage stage = new OpenIdStage()) {
      OpenIdIssuer openId = new OpenIdIssuer(stage.provider(), stage.settings(), Clock.systemUTC());
      stage.answers(400, "{\"error\":\"invalid_grant\"}");
      assertThat(openId.renew("r")).isEmpty();
      for (int status : new int[] {401, 500, 503}) {
        stage.answers(status, "{\"error\":\"invalid_client\"}");
        assertThatThrownBy(() -> openId.renew("r"))
            .isInstanceOfSatisfying(
                Problem.class,
                problem -> {
                  assertThat(problem.code()).isEqualTo(ProblemCode.SERVICE_UNAVAILABLE);
                  assertThat(problem.retryAfter()).isPresent();
                });
      }
    }
  }

  @Test
  void a_provider_that_did_not_answer_is_left_alone_for_a_moment() throws IOException {
    ManualClock steady = new ManualClock();
    try (OpenIdStage stage = new OpenIdStage()) {
      OpenIdIssuer openId =
          new OpenIdIssuer(
              new OpenIdProvider(
                  URI.create(stage.issuer()), new ProviderTrust(Optional.empty()), steady),
              stage.settings(),
              Clock.systemUTC());
      stage.answers(200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}");
      assertThat(openId.renew("r1")).isPresent();
      stage.hangsUp(true);
      assertThatThrownBy(() -> openId.renew("r2")).isInstanceOf(Problem.class);
      stage.hangsUp(false);
      assertThatThrownBy(() -> openId.renew("r3")).isInstanceOf(Problem.class);
      assertThat(stage.asked()).contains("refresh_token=r2");
      steady.passes(TokenEndpoint.PAUSE);
      assertThat(openId.renew("r4")).isPresent();
    }
  }

  /** Not each time: a machine that stands still may give nobody the answer. */
  @Test
  void of_those_who_come_before_the_first_answer_a_limited_number_waits_and_not_for_long() {
    Awaitility.await().until(OpenIdIssuerTest::allButOneAreRefusedBeforeTheAnswer);
  }

  private static boolean allButOneAreRefusedBeforeTheAnswer() throws IOException {
    CountDownLatch slow = new CountDownLatch(1);
    ExecutorService threads = Executors.newCachedThreadPool();
    try (OpenIdStage stage = new OpenIdStage()) {
      stage.waitsFor(slow);
      OpenIdProvider openId = stage.provider();
      List<CompletableFuture<OpenIdProvider.Known>> all =
          IntStream.range(0, 3 * OpenIdProvider.MOST_WAITING)
              .mapToObj(i -> CompletableFuture.supplyAsync(openId::known, threads))
              .toList();
      Awaitility.await().until(() -> refused(all) >= 3 * OpenIdProvider.MOST_WAITING - 1);
      slow.countDown();
      Awaitility.await().until(() -> all.stream().allMatch(CompletableFuture::isDone));
      return refused(all) == 3 * OpenIdProvider.MOST_WAITING - 1;
    } finally {
      slow.countDown();
      threads.shutdown();
    }
  }

  private static <T> long refused(List<CompletableFuture<T>> all) {
    return all.stream().filter(CompletableFuture::isCompletedExceptionally).count();
  }

  private static OpenIdIssuer openId(String url) {
    return openId(url, SteadyClock.INSTANCE);
  }

  private static OpenIdIssuer openId(String url, Clock steady) {
    return new OpenIdIssuer(
        new OpenIdProvider(URI.create(url), new ProviderTrust(Optional.empty()), steady),
        settings(url),
        Clock.systemUTC());
  }

  private static OpenIdSettings settings(String url) {
    return new OpenIdSettings(
        Optional.of(url),
        Optional.of("fleet"),
        Optional.of("shh"),
        Optional.empty(),
        "openid",
        Optional.empty(),
        "10");
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
