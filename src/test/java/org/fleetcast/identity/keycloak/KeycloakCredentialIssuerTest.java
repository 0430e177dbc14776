package org.fleetcast.identity.keycloak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.nimbusds.jose.util.Base64URL;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.fleetcast.identity.OpenIdSettings;
import org.fleetcast.identity.ProviderTrust;
import org.fleetcast.identity.Secret;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a server of our own on loopback, which answers as Keycloak does, or does not. */
class KeycloakCredentialIssuerTest {
  /** Of a call, and of a request: more than a busy machine takes for an answer. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Less than what a call takes that waits for an answer. */
  private static final Duration SOON = Duration.ofMinutes(1);

  private static final String ADMIN = " /admin/realms/iot/clients";
  private static final String TOKEN = "POST /realms/iot/protocol/openid-connect/token";
  private static final String ISSUER = "https://id.example.org/realms/iot";
  private static final String FOUND = "[{\"id\":\"u1\",\"clientId\":\"d1\"}]";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Set<Integer> connections = ConcurrentHashMap.newKeySet();
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private int tokens;
  private String tokenIssuer = ISSUER;
  private String signature = ".c2ln";
  private HttpServer server;
  private KeycloakCredentialIssuer issuer;

  /** What the next request to the admin API is answered. */
  private interface Answer {
    void write(HttpExchange exchange) throws IOException, InterruptedException;
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    issuer = limitedTo(PATIENCE);
  }

  private KeycloakCredentialIssuer limitedTo(Duration limit) {
    String base = "http://127.0.0.1:" + port();
    KeycloakAccess access =
        new KeycloakAccess(URI.create(base), "iot", URI.create(ISSUER + "/"), "me", "hidden & odd");
    OpenIdSettings openId =
        new OpenIdSettings(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            "openid",
            Optional.empty(),
            "30");
    ProviderTrust trust = new ProviderTrust(Optional.empty());
    return new KeycloakCredentialIssuer(
        access, new KeycloakConnection(access, trust, threads, limit), openId);
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void one_token_and_one_connection_serve_many_requests() {
    answers.addAll(List.of(json(FOUND), json("[]"), json(FOUND)));

    assertThat(issuer.find("d1").orElseThrow().uuid()).isEqualTo("u1");
    assertThat(issuer.find("d1")).isEmpty();
    assertThat(issuer.find("d1")).isPresent();

    String find = "GET" + ADMIN + "?clientId=d1 Bearer " + token(1);
    assertThat(asked)
        .containsExactly(
            TOKEN + " grant_type=client_credentials&client_id=me&client_secret=hidden+%26+odd",
            find,
            find,
            find);
    assertThat(connections).hasSize(1);
  }

  @Test
  void a_token_that_is_refused_is_replaced_once() {
    answers.addAll(List.of(json("[]"), status(401), json(FOUND), status(401), status(401)));
    assertThat(issuer.find("d1")).isEmpty();

    assertThat(issuer.find("d1")).isPresent();
    assertThat(asked.get(asked.size() - 1)).endsWith(token(2));

    assertThat(problem(() -> issuer.find("d1")))
        .hasMessage("Keycloak did not do what it was asked for");
    assertThat(answers).isEmpty();
  }

  @Test
  void a_new_secret_leaves_no_other_and_is_dated_by_a_token_that_is_fetched_after_it() {
    String made = "{\"value\":\"new\"}";
    answers.addAll(List.of(json(FOUND), json(made), status(404), json(made)));

    Secret secret = issuer.regenerate("d1");

    assertThat(secret.value()).isEqualTo("new");
    assertThat(secret.asOf()).isEqualTo(Instant.ofEpochSecond(2_000));
    String bearer = " Bearer " + token(1);
    assertThat(asked)
        .startsWith(asked.get(0), "GET" + ADMIN + "?clientId=d1" + bearer)
        .containsSequence(
            "POST" + ADMIN + "/u1/client-secret" + bearer,
            "DELETE" + ADMIN + "/u1/client-secret/rotated" + bearer,
            "GET" + ADMIN + "/u1/client-secret" + bearer,
            asked.get(0));
  }

  @Test
  void a_failure_is_tried_three_times_and_a_refusal_once() {
    answers.addAll(List.of(status(500), status(502), json(FOUND)));
    assertThat(issuer.find("d1")).isPresent();

    answers.addAll(List.of(status(503), json("<html>"), status(500), json(FOUND)));
    assertThat(problem(() -> issuer.find("d1"))).hasMessage("Keycloak does not answer right now");
    assertThat(answers).hasSize(1);

    answers.clear();
    answers.addAll(List.of(status(302), json(FOUND)));
    assertThat(problem(() -> issuer.find("d1")))
        .hasMessage("Keycloak did not do what it was asked for");
    assertThat(answers).hasSize(1);
  }

  @Test
  void a_request_that_hangs_is_tried_again() {
    answers.addAll(List.of(this::hang, json(FOUND)));

    assertThat(limitedTo(Duration.ofSeconds(6)).find("d1")).isPresent();
  }

  /** Before its third try, whereas three would take as long as three requests may. */
  @Tag("long")
  @Test
  @Timeout(60)
  void a_call_is_over_in_time_wherever_its_answers_stop() {
    KeycloakCredentialIssuer limited = limitedTo(KeycloakConnection.LIMIT);
    for (Answer stopping :
        List.<Answer>of(this::hang, this::drip, this::hangInTheBody, this::flood)) {
      answers.addAll(List.of(stopping, this::hang, this::hang));

      assertThat(problem(() -> limited.find("d1")))
          .hasMessage("Keycloak does not answer right now");

      assertThat(answers).isNotEmpty();
      answers.clear();
    }
  }

  @Test
  void two_calls_fit_into_the_time_for_which_a_row_may_be_locked() {
    assertThat(KeycloakConnection.LIMIT.multipliedBy(2)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void whoever_is_interrupted_waits_no_longer() {
    answers.addAll(List.of(this::hang, this::hang));
    Instant start = SteadyClock.now();
    Thread.currentThread().interrupt();

    assertThat(problem(() -> issuer.find("d1"))).hasMessage("Keycloak does not answer right now");

    assertThat(Thread.interrupted()).isTrue();
    assertThat(Duration.between(start, SteadyClock.now())).isLessThan(SOON);
  }

  @Test
  void no_failure_names_a_secret_or_a_token() {
    answers.addAll(List.of(json(FOUND), status(400), json("{")));
    answers.addAll(List.of(json("{\"value\":\"" + "x\\u0000".repeat(9) + "\""), this::hang));

    assertThat(traceOf(problem(() -> issuer.restore("d1", "old-secret"))))
        .doesNotContain("hidden", "old-secret", token(1));
    KeycloakCredentialIssuer limited = limitedTo(KeycloakConnection.LIMIT);
    assertThat(traceOf(problem(() -> limited.secret("d1"))))
        .doesNotContain("hidden", token(1), token(2));
  }

  @Test
  void a_token_that_fits_into_no_header_reaches_no_log() {
    signature = ".c2ln\\u0000";

    assertThat(traceOf(problem(() -> issuer.find("d1"))))
        .contains("fits into no header")
        .doesNotContain(".c2ln");
  }

  @Test
  void an_issuer_whose_tokens_are_refused_here_is_told() {
    Logger logger = Logger.getLogger(KeycloakCredentialIssuer.class.getName());
    List<String> written = new CopyOnWriteArrayList<>();
    Handler remembering = new Remembering(written);
    logger.addHandler(remembering);
    try {
      for (String named : List.of(ISSUER, "http://keycloak:8080/realms/iot")) {
        tokenIssuer = named;
        answers.add(json("[]"));
        issuer.tryOut();
      }
    } finally {
      logger.removeHandler(remembering);
    }
    String fine = "INFO Keycloak lets us in address=http://127.0.0.1:" + port();
    assertThat(written)
        .containsExactly(
            fine,
            fine,
            "WARNING Devices are refused: OIDC_ISSUER_URL is not their"
                + " issuer=http://keycloak:8080/realms/iot");
  }

  private int port() {
    return server.getAddress().getPort();
  }

  private static Problem problem(Supplier<?> call) {
    Problem problem = catchThrowableOfType(Problem.class, call::get);
    assertThat(problem.code()).isEqualTo(ProblemCode.EXTERNAL_SERVICE_ERROR);
    return problem;
  }

  private static String traceOf(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    connections.add(exchange.getRemoteAddress().getPort());
    try {
      if (request.equals(TOKEN)) {
        asked.add(request + " " + form);
        tokens++;
        write(
            exchange, 200, "{\"access_token\":\"%s\",\"expires_in\":60}".formatted(token(tokens)));
      } else {
        asked.add(request + " " + exchange.getRequestHeaders().getFirst("Authorization"));
        answers.remove().write(exchange);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  /** Unsigned, but for its shape, since nobody here verifies it. */
  private String token(int number) {
    return Base64URL.encode("{\"alg\":\"RS256\"}")
        + "."
        + Base64URL.encode("{\"iat\":%d,\"iss\":\"%s\"}".formatted(1_000 * number, tokenIssuer))
        + signature;
  }

  private static Answer json(String body) {
    return exchange -> write(exchange, 200, body);
  }

  private static Answer status(int status) {
    return exchange -> write(exchange, status, "{\"error\":\"x\"}");
  }

  private static void write(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void hang(HttpExchange exchange) throws InterruptedException {
    end.await();
  }

  private void hangInTheBody(HttpExchange exchange) throws IOException, InterruptedException {
    exchange.sendResponseHeaders(200, 100);
    exchange.getResponseBody().write('[');
    exchange.getResponseBody().flush();
    end.await();
  }

  /** Each byte comes soon after the one before. */
  private void drip(HttpExchange exchange) throws IOException, InterruptedException {
    exchange.sendResponseHeaders(200, 0);
    OutputStream body = exchange.getResponseBody();
    do {
      body.write(' ');
      body.flush();
    } while (!end.await(50, TimeUnit.MILLISECONDS));
  }

  private void flood(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    byte[] blanks = " ".repeat(8192).getBytes(StandardCharsets.UTF_8);
    while (end.getCount() > 0) {
      exchange.getResponseBody().write(blanks);
    }
  }

  private static final class Remembering extends Handler {
    private final List<String> lines;

    Remembering(List<String> lines) {
      this.lines = lines;
    }

    @Override
    public void publish(LogRecord line) {
      lines.add(line.getLevel() + " " + line.getMessage());
    }

    @Override
    public void flush() {
      // there is nothing that waits
    }

    @Override
    public void close() {
      // nor anything to close
    }
  }
}
