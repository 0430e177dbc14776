package org.fleetcast.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  void a_suspended_elasticsearch_answers_nothing_until_it_is_resumed() {
    Elasticsearch node = SharedStack.get().elasticsearch();
    URI health = node.uri().resolve("/_cluster/health");

    node.suspend();
    try {
      assertThat(Http.answers(health, Duration.ofSeconds(1))).isFalse();
    } finally {
      node.resume();
    }
    await().atMost(LIMIT).until(() -> Http.answers(health));
  }

  @Test
  void the_stream_client_sees_headers_events_and_the_end() {
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
  void a_browser_that_signed_in_is_known_by_its_cookies() {
    Api browser = Api.at(SharedStack.get().fleetcast().uri()).signedIn("ada", "viewer");

    assertThat(browser.cookies()).contains("access_token=");
    assertThat(browser.get("/api/auth/self").json().getString("subject")).isEqualTo("ada");
  }

  @Test
  void the_embedded_broker_acknowledges_and_comes_back_on_its_port() {
    try (Artemis broker = Artemis.started(Ports.free())) {
      broker.stop();
      broker.start();
      try (MqttPublisher publisher = MqttPublisher.connected(broker.uri())) {
        publisher.publish("stack/it", "hello");
      }
    }
  }

  @Test
  void postgres_answers() throws SQLException {
    try (Postgres postgres = Postgres.started();
        Connection connection =
            DriverManager.getConnection(postgres.url(), postgres.user(), postgres.password())) {
      assertThat(connection.isValid(60)).isTrue();
    }
  }
}
