package org.fleetcast.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * That the parts do what other tests lean on: come back with their data, and go without a trace.
 */
class StackIT {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Test
  void elasticsearchComesBackWithItsDataAfterAStopAndAKill() {
    try (Elasticsearch node = Elasticsearch.started(Progress.silent())) {
      Api api = Api.at(node.uri());
      api.send("PUT", "/things/_doc/1", "application/json", "{\"a\":1}");

      node.stop();
      assertThatThrownBy(() -> api.get("/things/_doc/1")).isInstanceOf(UncheckedIOException.class);
      node.start();
      assertThat(api.get("/things/_doc/1").status()).isEqualTo(200);

      node.kill();
      node.start();
      assertThat(api.get("/things/_doc/1").status()).isEqualTo(200);
    }
  }

  @Test
  void aSuspendedElasticsearchAnswersNothingUntilItIsResumed() {
    Elasticsearch node = SharedStack.get().elasticsearch();
    URI health = node.uri().resolve("/_cluster/health");

    node.suspend();
    try {
      assertThat(Http.answers(health)).isFalse();
    } finally {
      node.resume();
    }
    assertThat(Http.answers(health)).isTrue();
  }

  @Test
  void theServerKeepsItsDataOverAKillAndRunsBesideAnother() {
    try (Fleetcast server = Fleetcast.prepared().start()) {
      String token = Api.at(server.uri()).editorToken();
      SharedStack.get();
      assertThat(server.isRunning()).isTrue();

      server.kill();
      assertThat(server.isRunning()).isFalse();
      server.restart();

      assertThat(Api.at(server.uri()).withBearer(token).get("/api/auth/self").status())
          .isEqualTo(200);
    }
  }

  @Test
  void theStreamClientSeesHeadersEventsAndTheEnd() {
    URI server = SharedStack.get().fleetcast().uri();
    String bearer = "Bearer " + Api.at(server).editorToken();
    URI stream = server.resolve("/api/sse/stream?request_id=stack-it");
    try (SseClient client = SseClient.open(stream, Map.of("Authorization", bearer))) {
      assertThat(client.status()).isEqualTo(200);
      assertThat(client.await(LIMIT, "ready").json().getString("request_id")).isEqualTo("stack-it");

      client.close();
      client.awaitEnd(LIMIT);
    }
  }

  @Test
  void aBrowserThatSignedInIsKnownByItsCookies() {
    Api browser = Api.at(SharedStack.get().fleetcast().uri()).signedIn("ada", "viewer");

    assertThat(browser.cookies()).contains("access_token=");
    assertThat(browser.get("/api/auth/self").json().getString("subject")).isEqualTo("ada");
  }

  @Test
  void theEmbeddedBrokerAcknowledgesAndComesBackOnItsPort() {
    try (Artemis broker = Artemis.started(Ports.free())) {
      broker.stop();
      broker.start();
      try (MqttPublisher publisher = MqttPublisher.connected(broker.uri())) {
        publisher.publish("stack/it", "hello");
      }
    }
  }

  @Test
  void postgresAnswers() throws SQLException {
    try (Postgres postgres = Postgres.started();
        Connection connection =
            DriverManager.getConnection(postgres.url(), postgres.user(), postgres.password())) {
      assertThat(connection.isValid(5)).isTrue();
    }
  }
}
