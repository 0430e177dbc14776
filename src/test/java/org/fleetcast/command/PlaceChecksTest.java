package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.fleetcast.command.Finding.State;
import org.fleetcast.stack.Ports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlaceChecksTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  @Test
  void where_no_settings_are_there_is_nothing_to_find() {
    assertThat(findings(Map.of("PATH", "/bin", "HOME", "/"))).isEmpty();
  }

  @Test
  void a_setting_that_nobody_reads_is_named() throws IOException {
    String password = Files.writeString(folder.resolve("password"), "x").toString();
    Map<String, String> variables =
        Map.of(
            "MQTT_USER", "x",
            "MQTT_PASSWORD_FILE", password,
            "MQTT_CA_FILE", "/f",
            "OIDC_CLIENT_ID", "x");

    assertThat(findings(variables))
        .singleElement()
        .isEqualTo(
            Finding.bad(
                "configuration",
                "No setting is called MQTT_USER",
                "They do nothing: compare their spelling with"
                    + " src/site/markdown/configuration.md."));
    assertThat(findings(Map.of("MQTT_PASSWORD_FILE", password)))
        .containsExactly(Finding.ok("configuration", "Each of the 1 settings here is known"));
  }

  @Test
  void a_file_of_a_secret_that_cannot_be_read_is_told() {
    String file = folder.resolve("none").toString();

    assertThat(findings(Map.of("DATABASE_PASSWORD_FILE", file)))
        .extracting(Finding::sentence)
        .containsExactly("The file that DATABASE_PASSWORD_FILE names cannot be read");
  }

  @Test
  void what_the_settings_name_is_reached_or_not() throws IOException {
    int nobody = Ports.free();
    try (ServerSocket somebody = new ServerSocket(0, 50, InetAddress.getByName("localhost"))) {
      int port = somebody.getLocalPort();
      List<Finding> findings =
          findings(
              Map.of(
                  "KEYCLOAK_BASE_URL", "http://localhost:" + port,
                  "ELASTICSEARCH_URL",
                      "http://localhost:" + nobody + ", http://localhost:" + nobody,
                  "DATABASE_URL", "jdbc:postgresql://localhost:" + nobody + "/f?user=x",
                  "OIDC_ISSUER_URL", "https://unknown.invalid/realm"));

      assertThat(findings)
          .extracting(Finding::part, Finding::state)
          .map(Object::toString)
          .containsExactly(
              "(\"configuration\", OK)",
              "(\"elasticsearch\", BAD)",
              "(\"elasticsearch\", BAD)",
              "(\"database\", BAD)",
              "(\"provider\", BAD)",
              "(\"keycloak\", OK)");
      assertThat(findings.get(4).sentence())
          .isEqualTo("unknown.invalid:443 has a name that is not known here");
    }
  }

  @Test
  void an_address_that_is_none_is_not_quoted() {
    List<Finding> findings = findings(Map.of("DATABASE_URL", "jdbc:postgresql:secret word"));

    assertThat(findings).extracting(Finding::state).containsExactly(State.BAD);
    assertThat(findings.toString()).doesNotContain("secret");
  }

  @Test
  void what_kubernetes_tells_of_services_is_no_setting() {
    assertThat(
            findings(
                Map.of(
                    "ELASTICSEARCH_PORT", "tcp://10.0.0.7:9200",
                    "ELASTICSEARCH_PORT_9200_TCP", "tcp://10.0.0.7:9200",
                    "ELASTICSEARCH_PORT_9200_TCP_ADDR", "10.0.0.7",
                    "ELASTICSEARCH_SERVICE_HOST", "10.0.0.7",
                    "KEYCLOAK_SERVICE_PORT", "8080",
                    "KEYCLOAK_SERVICE_PORT_HTTP", "8080")))
        .isEmpty();
  }

  @Test
  void each_host_of_a_database_is_looked_for() {
    int one = Ports.free();
    int other = Ports.free();
    String url =
        "jdbc:postgresql://localhost:%d,localhost:%d/f?targetServerType=primary&options=-ca=1,2"
            .formatted(one, other);

    assertThat(findings(Map.of("DATABASE_URL", url)))
        .extracting(Finding::sentence)
        .containsExactly(
            "localhost:%d cannot be reached, nobody listens there".formatted(one),
            "localhost:%d cannot be reached, nobody listens there".formatted(other));
  }

  @Test
  void an_embedded_database_is_not_looked_for() {
    assertThat(findings(Map.of("DATABASE_URL", "jdbc:h2:file:/var/f"))).isEmpty();
  }

  private static List<Finding> findings(Map<String, String> variables) {
    Terminal nowhere = new Terminal(System.out, System.err, false);
    return new PlaceChecks(new Environment(nowhere, variables, Clock.systemUTC())).findings();
  }
}
