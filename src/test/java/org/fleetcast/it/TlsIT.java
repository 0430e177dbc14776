package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Certificates;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Ports;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.fleetcast.tls.PemFile;
import org.fleetcast.tls.PemIdentity;
import org.fleetcast.tls.TlsClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that has TLS on every side, each with certificates that are signed for the occasion:
 * browsers, broker, database and Elasticsearch.
 */
@SuppressWarnings("NullAway.Init")
class TlsIT {
  private static final String SERVER = "server";

  @TempDir private static Path folder;
  private static Certificates certificates;
  private static X509Certificate shown;
  private static Mosquitto broker;
  private static Postgres database;
  private static Api elasticsearch;
  private static Proxy cover;
  private static Fleetcast server;
  private static SSLContext browser;

  @BeforeAll
  static void start() {
    certificates = Certificates.in(folder);
    shown = certificates.issueRsa(SERVER);
    certificates.issue("elasticsearch");
    broker = Mosquitto.withTls();
    database = Postgres.withTls(certificates);
    URI plain = SharedStack.get().elasticsearch().uri();
    elasticsearch = Api.at(plain);
    cover = Proxy.overTls(plain, certificates.identity("elasticsearch"));
    browser = TlsClient.trusting("ca", Optional.of(file("ca.pem"))).context();
    server =
        Fleetcast.prepared()
            .with("TLS_CERTIFICATE_FILE", file(SERVER + ".pem"))
            .with("TLS_KEY_FILE", file(SERVER + ".key"))
            .with("MQTT_URL", broker.url())
            .with("MQTT_CA_FILE", broker.file("ca.pem").toString())
            .with("MQTT_CERTIFICATE_FILE", broker.file("client.pem").toString())
            .with("MQTT_KEY_FILE", broker.file("client.key").toString())
            .with("DATABASE_URL", database.url())
            .with("ELASTICSEARCH_URL", "https://localhost:" + Ports.free() + "," + cover.uri())
            .with("ELASTICSEARCH_CA_FILE", file("ca.pem"))
            .start();
  }

  @AfterAll
  static void stop() {
    server.close();
    cover.close();
    database.close();
    broker.close();
  }

  private static String file(String name) {
    return certificates.file(name).toString();
  }

  @Test
  void a_line_goes_from_its_device_to_its_viewer_and_to_elasticsearch() {
    Operator operator = Operator.editor(server);
    String id = Operator.unique("tls");
    try (MqttPublisher device = device();
        SseClient stream = stream(operator, operator.device(id))) {
      stream.await(SOON, "ready");
      for (int number = 0; number < 3; number++) {
        device.publish(
            TOPIC, "{\"entity_id\":\"%s\",\"n\":%d,\"message\":\"m\"}".formatted(id, number));
      }
      stream.await(SOON, event -> event.data().contains("\"n\":2"));
      assertThat(stream.events("gap")).isEmpty();
    }
    await()
        .atMost(SOON)
        .until(
            () ->
                elasticsearch
                    .get("/logstash-http-*/_search?q=entity_id:%22" + id + "%22")
                    .body()
                    .contains("\"total\":{\"value\":3,"));
  }

  @Test
  void the_database_is_reached_over_tls_and_by_its_own_authority_alone() throws SQLException {
    try (Connection asked = DriverManager.getConnection(database.url());
        ResultSet row =
            asked
                .createStatement()
                .executeQuery(
                    "select count(*), bool_and(ssl) from pg_stat_ssl join pg_stat_activity"
                        + " using (pid) where application_name = 'fleetcast'")) {
      assertThat(row.next()).isTrue();
      assertThat(row.getInt(1)).isPositive();
      assertThat(row.getBoolean(2)).isTrue();
    }
    String another = database.url().replace(file("ca.pem"), broker.file("ca.pem").toString());
    assertThatThrownBy(() -> DriverManager.getConnection(another))
        .hasMessageContaining("SSL error");
  }

  @Test
  void a_renewed_certificate_is_shown_without_a_restart_and_open_streams_go_on()
      throws IOException {
    Operator operator = Operator.editor(server);
    String id = Operator.unique("renewed");
    try (MqttPublisher device = device();
        SseClient stream = stream(operator, operator.device(id))) {
      stream.await(SOON, "ready");
      assertThat(shown()).startsWith(shown, certificates.authority());

      shown = certificates.issueRsa(SERVER);

      await().atMost(SOON).until(() -> shown().get(0).equals(shown));
      device.publish(TOPIC, "{\"entity_id\":\"%s\",\"message\":\"after\"}".formatted(id));
      stream.await(SOON, event -> event.data().contains("after"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void only_suites_with_forward_secrecy_that_authenticate_what_they_encrypt(String protocol)
      throws IOException {
    TreeSet<String> taken = new TreeSet<>();
    for (String suite : browser.getSupportedSSLParameters().getCipherSuites()) {
      try (SSLSocket socket = socket(protocol, suite)) {
        socket.startHandshake();
        taken.add(socket.getSession().getCipherSuite());
      } catch (IOException refused) {
        continue;
      }
    }
    assertThat(taken)
        .isNotEmpty()
        .allMatch(suite -> suite.matches("TLS_(ECDHE_\\w+_WITH_)?(AES|CHACHA20)_\\w+_SHA\\d+"))
        .allMatch(suite -> suite.contains("_GCM_") || suite.contains("_POLY1305_"));
  }

  private static MqttPublisher device() {
    SSLContext tls =
        new TlsClient(
                PemFile.of("ca", Optional.of(broker.file("ca.pem").toString())),
                PemIdentity.of(
                    "certificate",
                    Optional.of(broker.file("client.pem").toString()),
                    "key",
                    Optional.of(broker.file("client.key").toString())))
            .context();
    return MqttPublisher.connected(broker.uri(), tls);
  }

  private static SseClient stream(Operator operator, int deviceId) {
    URI address = server.tlsUri().resolve("/api/devices/" + deviceId + "/logs/stream?tail=0");
    return SseClient.overTls(
        HttpClient.Version.HTTP_1_1,
        address,
        Map.of("Authorization", "Bearer " + operator.token()));
  }

  /** The certificates that a browser is shown, which it has to trust for the name that it asked. */
  private static List<Certificate> shown() throws IOException {
    try (SSLSocket socket = (SSLSocket) browser.getSocketFactory().createSocket()) {
      SSLParameters named = socket.getSSLParameters();
      named.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(named);
      return certificates(connected(socket));
    }
  }

  private static List<Certificate> certificates(SSLSocket socket) throws IOException {
    socket.startHandshake();
    return new ArrayList<>(List.of(socket.getSession().getPeerCertificates()));
  }

  private static SSLSocket socket(String protocol, String suite) throws IOException {
    SSLSocket socket = (SSLSocket) browser.getSocketFactory().createSocket();
    socket.setEnabledProtocols(new String[] {protocol});
    socket.setEnabledCipherSuites(new String[] {suite});
    return connected(socket);
  }

  private static SSLSocket connected(SSLSocket socket) throws IOException {
    socket.setSoTimeout((int) SOON.toMillis());
    socket.connect(new InetSocketAddress(server.tlsUri().getHost(), server.tlsUri().getPort()));
    return socket;
  }
}
