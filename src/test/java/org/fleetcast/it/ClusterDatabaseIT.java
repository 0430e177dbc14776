package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.TOPIC;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Elasticsearch;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.PgBouncer;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A replica on a database that is not as it should be: behind a pooler, or a standby. */
@Tag("long")
class ClusterDatabaseIT {
  private static final Duration A_WHILE = Duration.ofMinutes(2);

  private final Elasticsearch elasticsearch = SharedStack.get().elasticsearch();

  @Test
  void a_pooler_in_transaction_mode_may_stand_before_all_but_what_is_announced() {
    assumeTrue(PgBouncer.isInstalled(), "PgBouncer is not installed");
    try (Postgres postgres = Postgres.started();
        Mosquitto broker = Mosquitto.open();
        PgBouncer pooler = PgBouncer.before(postgres);
        Fleetcast server = ClusterIT.replica(postgres, broker, elasticsearch)) {
      String pooled = pooler.url() + "?prepareThreshold=0"; // before PgBouncer 1.21
      server.with("DATABASE_URL", pooled).with("CLUSTER_DATABASE_URL", postgres.url()).start();
      String entity = Operator.unique("pooled");
      int device = Operator.editor(server).device(entity);
      try (SseClient stream = Operator.editor(server).follow(device, "")) {
        publish(broker, entity, 1);
        JoinIT.awaitLast(stream, 1);
      }
      assertThat(log(server)).doesNotContain("is not heard");
      server.stop();

      server.with("CLUSTER_DATABASE_URL", pooled).start();
      Awaitility.await("what is wrong")
          .atMost(A_WHILE)
          .until(() -> log(server).contains("What replicas announce is not heard"));
      try (SseClient stream = Operator.editor(server).follow(device, "?tail=1")) {
        publish(broker, entity, 2);
        JoinIT.awaitLast(stream, 2);
        assertThat(JoinIT.numbers(stream)).containsExactly(1, 2);
      }
    }
  }

  @Test
  void
      a_database_that_became_a_standby_is_named_and_nothing_is_lost_until_it_is_the_primary_again() {
    try (Postgres postgres = Postgres.started();
        Mosquitto broker = Mosquitto.open();
        Fleetcast server = ClusterIT.replica(postgres, broker, elasticsearch)) {
      server.start();
      Operator operator = Operator.editor(server);
      String entity = Operator.unique("standby");
      int device = operator.device(entity);
      try (SseClient stream = operator.follow(device, "")) {
        publish(broker, entity, 1);
        JoinIT.awaitLast(stream, 1);

        postgres.restart(true);
        Awaitility.await("read-only").atMost(A_WHILE).until(() -> isReadOnly(server));
        Awaitility.await("no holder").atMost(A_WHILE).until(() -> !ClusterIT.holds(server));
        publish(broker, entity, 2);
        Api.Answer refused = operator.api().post("/api/rotation/trigger");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().getString("error"))
            .isEqualTo("The database is read-only right now");

        postgres.restart();
        JoinIT.awaitLast(stream, 2);
        assertThat(JoinIT.numbers(stream)).containsExactlyElementsOf(List.of(1, 2));
        ClusterIT.assertStoredOnce(operator, device, 2);
      }
    }
  }

  private static boolean isReadOnly(Fleetcast server) {
    return Api.at(server.uri()).get("/health/ready").json().getJsonArray("checks").stream()
        .map(each -> each.asJsonObject().getJsonObject("data"))
        .anyMatch(data -> data != null && isReadOnly(data));
  }

  private static boolean isReadOnly(JsonObject data) {
    return data.getBoolean("read_only", false);
  }

  private static void publish(Mosquitto broker, String entity, int number) {
    try (MqttPublisher device = MqttPublisher.connected(broker.uri())) {
      device.publish(
          TOPIC, "{\"entity_id\":\"%s\",\"n\":%d,\"message\":\"x\"}\n".formatted(entity, number));
    }
  }

  private static String log(Fleetcast server) {
    try {
      return Files.readString(server.logs().resolve("messages.log"));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
