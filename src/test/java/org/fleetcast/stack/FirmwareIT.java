package org.fleetcast.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import jakarta.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That a sample device keeps its head when its server answers late, wrongly or not at all. */
@SuppressWarnings("NullAway.Init")
class FirmwareIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final String TURN = "iotsupport/updates/provisioning";
  private static final String MINE = "{\"client_id\":\"iotdevice-x-1\"}";

  private static Mosquitto broker;

  private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(1);
  private final List<String> news = new CopyOnWriteArrayList<>();
  private Server server;
  private Downlink downlink;
  private MqttPublisher publisher;

  @BeforeAll
  static void startBroker() {
    broker = Mosquitto.open();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void start() throws IOException {
    server = new Server();
    downlink = Downlink.of(broker.uri());
    publisher = MqttPublisher.connected(broker.uri());
  }

  @AfterEach
  void stop() {
    publisher.close();
    downlink.close();
    executor.shutdownNow();
    server.http.stop(0);
  }

  @Test
  void itTakesANewSecretIntoUseWhenItsTurnHasCome() {
    Firmware device = device().start(downlink);
    publisher.publish(TURN, "{\"client_id\":\"iotdevice-x-2\"}");
    publisher.publish(TURN, "no JSON");
    publisher.publish(TURN, MINE);
    await().atMost(SOON).until(() -> device.rotations() == 1);
    assertThat(device.secret()).isEqualTo("secret-1");
    assertThat(device.config()).contains("{\"a\":1}");
    assertThat(server.asked)
        .containsExactly(
            "token secret-0",
            "provisioning token-of-secret-0",
            "token secret-1",
            "config token-of-secret-1");
    await().atMost(SOON).until(() -> news.equals(List.of("new credentials in use")));
  }

  @Test
  void anAnswerThatGotLostIsAskedForAgainWithTheTokenOfBefore() {
    server.lostAnswers.set(1);
    Firmware device = device().start(downlink);
    publisher.publish(TURN, MINE);
    await().atMost(SOON).until(() -> device.rotations() == 1);
    assertThat(device.secret()).isEqualTo("secret-1");
    assertThat(server.asked)
        .startsWith(
            "token secret-0", "provisioning token-of-secret-0", "provisioning token-of-secret-0");
  }

  @Test
  void aServerThatIsAwayForAWhileIsWaitedFor() {
    server.away.set(4);
    Firmware device = device().start(downlink);
    publisher.publish(TURN, MINE);
    await().atMost(SOON).until(() -> device.rotations() == 1);
    assertThat(server.away).hasNonPositiveValue();
  }

  @Test
  void aNewSecretThatIsTakenBackIsDroppedAndTheOldOneKept() {
    server.timeouts.set(1);
    Firmware device = device().start(downlink);
    publisher.publish(TURN, MINE);
    await().atMost(SOON).until(() -> device.rotations() == 1);
    assertThat(device.secret()).isEqualTo("secret-2");
    assertThat(server.asked).contains("token secret-1").doesNotContain("config token-of-secret-1");
  }

  @Test
  void whereNothingIsPendingNothingChanges() {
    server.pending = false;
    Firmware device = device().start(downlink);
    publisher.publish(TURN, MINE);
    await().atMost(SOON).until(() -> device.config().isPresent());
    assertThat(device.rotations()).isZero();
    assertThat(device.secret()).isEqualTo("secret-0");
  }

  @Test
  void aStubbornOneHearsAndDoesNothing() {
    Firmware device = device().stubborn().start(downlink);
    publisher.publish(TURN, MINE);
    await().atMost(SOON).until(() -> news.size() == 1);
    assertThat(server.asked).isEmpty();
    assertThat(device.secret()).isEqualTo("secret-0");
  }

  @Test
  void itFetchesItsConfigWhenToldAndAlsoAfterTheBrokerWasAway() {
    Firmware device = device().start(downlink);
    broker.kill();
    broker.start();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              publishAgain();
              assertThat(device.config()).contains("{\"a\":1}");
            });
    assertThat(device.rotations()).isZero();
  }

  private void publishAgain() {
    try (MqttPublisher fresh = MqttPublisher.connected(broker.uri())) {
      fresh.publish("iotsupport/updates/config", MINE);
    }
  }

  private Firmware device() {
    return Firmware.of(
            Json.createObjectBuilder()
                .add("client_id", "iotdevice-x-1")
                .add("client_secret", "secret-0")
                .add("token_url", server.url() + "/token")
                .add("base_url", server.url())
                .build(),
            executor)
        .telling(news::add);
  }

  /** Issuer and server in one, with one device whose turn it is, and moods. */
  private static final class Server {
    final List<String> asked = new CopyOnWriteArrayList<>();
    final AtomicInteger away = new AtomicInteger();
    final AtomicInteger lostAnswers = new AtomicInteger();
    final AtomicInteger timeouts = new AtomicInteger();
    volatile boolean pending = true;
    private final HttpServer http;
    private int generation;
    private String old = "secret-0";
    private String current = "secret-0";

    Server() throws IOException {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      http.createContext("/", this::answer); // on one thread
      http.start();
    }

    String url() {
      return "http://localhost:" + http.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
      String path = exchange.getRequestURI().getPath();
      if (away.getAndDecrement() > 0) {
        respond(exchange, 503, "{}");
      } else if (path.equals("/token")) {
        token(exchange);
      } else {
        String bearer = exchange.getRequestHeaders().getFirst("Authorization").substring(7);
        asked.add(path.substring("/api/iot/".length()) + " " + bearer);
        if (path.endsWith("config")) {
          respond(exchange, 200, "{\"a\":1}");
        } else {
          provisioning(exchange);
        }
      }
    }

    private void token(HttpExchange exchange) throws IOException {
      String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String secret = form.substring(form.lastIndexOf('=') + 1);
      asked.add("token " + secret);
      if (!secret.equals(old) && timeouts.getAndDecrement() > 0) {
        current = old;
      }
      boolean valid = secret.equals(current);
      String token = "{\"access_token\":\"token-of-" + secret + "\"}";
      respond(exchange, valid ? 200 : 401, valid ? token : "{}");
    }

    /** A new secret kills the one before at once, whether it arrives or not. */
    private void provisioning(HttpExchange exchange) throws IOException {
      if (pending && current.equals(old)) {
        current = "secret-" + ++generation;
      }
      if (lostAnswers.getAndDecrement() > 0) {
        exchange.close();
      } else {
        respond(exchange, 200, "{\"client_secret\":\"" + current + "\"}");
      }
    }

    private static void respond(HttpExchange exchange, int status, String body) throws IOException {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }
  }
}
