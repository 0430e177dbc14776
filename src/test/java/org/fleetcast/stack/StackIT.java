package org.fleetcast.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * That the parts do what other tests lean on. That Elasticsearch and a server come back with their
 * data is what ResilienceIT and ActivityIT say.
 */
class StackIT {
  private static final Duration LIMIT = Duration.ofSeconds(10);

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
