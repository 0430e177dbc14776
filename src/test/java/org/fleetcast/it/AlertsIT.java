package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.fleetcast.it.Operator.TOPIC;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fleetcast.Observability;
import org.fleetcast.Observability.Alert;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Ports;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.Prometheus;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a real Prometheus finds in the metrics of a real server, without and with faults. */
@Tag("long")
class AlertsIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @BeforeAll
  static void needsPrometheus() {
    assumeTrue(Prometheus.isInstalled(), "Prometheus is not installed (Debian: prometheus)");
  }

  @Test
  void every_query_of_the_dashboard_and_the_alerts_is_taken_and_finds_its_series() {
    List<String> queries = new ArrayList<>(Observability.panels());
    Observability.alerts().forEach(alert -> queries.add(alert.expression()));
    try (Prometheus prometheus = Prometheus.scraping(SharedStack.get().fleetcast().uri())) {
      await().atMost(SOON).until(() -> !prometheus.query("up == 1").isEmpty());
      assertThat(Observability.seriesOfEveryServer(queries))
          .hasSizeGreaterThan(30)
          .allSatisfy(name -> assertThat(prometheus.query(name)).as(name).isNotEmpty());
      queries.forEach(prometheus::query);
    }
  }

  @Test
  void each_metric_of_ours_has_a_sentence_that_explains_it() {
    List<String> shown =
        Api.at(SharedStack.get().fleetcast().uri()).get("/metrics").body().lines().toList();

    assertThat(shown.stream().filter(line -> line.matches("# HELP (sse|iot|fleetcast)_.*")))
        .hasSizeGreaterThan(30)
        .allMatch(line -> line.matches("# HELP \\w+ \\S.*"));
  }

  @Test
  void the_condition_of_an_alert_is_met_when_its_fault_is_made_and_not_before() throws IOException {
    Mosquitto broker = Mosquitto.open();
    Postgres database = Postgres.started();
    try (broker;
        database;
        Fleetcast server = server(broker, database).start();
        Prometheus prometheus = Prometheus.scraping(server.uri())) {
      await().atMost(SOON).until(() -> !prometheus.query("up == 1").isEmpty());
      expect(prometheus, "FleetcastElasticsearchRefuses"); // as it does from the beginning

      fillJournal(broker);
      List<String> stored =
          List.of(
              "FleetcastElasticsearchRefuses", "FleetcastJournalFilling", "FleetcastJournalFull");
      expect(prometheus, stored);

      broker.stop();
      expect(prometheus, stored, "FleetcastBrokerAway");

      Files.delete(broker.file("mosquitto.db"));
      broker.start();
      expect(prometheus, stored, "FleetcastBrokerSessionLost");

      database.close();
      expect(prometheus, stored, "FleetcastBrokerSessionLost", "FleetcastDatabaseAway");

      server.kill();
      await().atMost(SOON).until(() -> met(prometheus).contains("FleetcastDown"));
    }
  }

  private static Fleetcast server(Mosquitto broker, Postgres database) {
    return Fleetcast.prepared()
        .with("MQTT_URL", broker.url())
        .with("DATABASE_URL", database.url())
        .with("DATABASE_USERNAME", database.user())
        .with("DATABASE_PASSWORD", database.password())
        .with("ELASTICSEARCH_URL", "http://127.0.0.1:" + Ports.free()) // where nobody listens
        .with("JOURNAL_MAX_BYTES", "20000");
  }

  private static void fillJournal(Mosquitto broker) {
    String line = "{\"entity_id\":\"flood\",\"message\":\"" + "x".repeat(900) + "\"}\n";
    try (MqttPublisher device = MqttPublisher.connected(broker.uri())) {
      device.publish(TOPIC, line.repeat(30));
    }
  }

  private static void expect(Prometheus prometheus, String... alerts) {
    expect(prometheus, List.of(), alerts);
  }

  /** These and no others. */
  private static void expect(Prometheus prometheus, List<String> some, String... more) {
    Set<String> wanted =
        Stream.concat(some.stream(), Stream.of(more)).collect(Collectors.toUnmodifiableSet());
    await().atMost(SOON).untilAsserted(() -> assertThat(met(prometheus)).isEqualTo(wanted));
  }

  private static Set<String> met(Prometheus prometheus) {
    return Observability.alerts().stream()
        .filter(alert -> !prometheus.query(alert.expression()).isEmpty())
        .map(Alert::name)
        .collect(Collectors.toUnmodifiableSet());
  }
}
