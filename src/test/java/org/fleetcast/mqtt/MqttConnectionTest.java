package org.fleetcast.mqtt;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.time.SteadyClock;
import org.fleetcast.tls.PemFile;
import org.fleetcast.tls.PemIdentity;
import org.fleetcast.tls.TlsClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MqttConnectionTest {
  /** Paho sleeps three times for 100 ms before it connects; a slow machine does not each time. */
  @Test
  void a_connection_does_not_wait_for_threads_that_run_already() throws MqttException {
    try (Mosquitto mosquitto = Mosquitto.open()) {
      Duration limit = Duration.ofMillis(200);
      Duration shortest = Duration.ofMinutes(1);
      for (int i = 0; i < 20 && shortest.compareTo(limit) >= 0; i++) {
        Instant begun = SteadyClock.now();
        MqttConnection connection = open(Replica.settings(mosquitto.url()));
        Duration took = Duration.between(begun, SteadyClock.now());
        shortest = took.compareTo(shortest) < 0 ? took : shortest;
        connection.disconnect();
      }
      assertThat(shortest).isLessThan(limit);
    }
  }

  @Test
  void the_right_password_opens_and_a_wrong_one_is_told_by_its_key() throws MqttException {
    try (Mosquitto mosquitto = Mosquitto.withUser("fleet", "secret")) {
      open(login(mosquitto, "secret")).disconnect();
      assertThat(refusal(login(mosquitto, "guess")))
          .isEqualTo("the broker refused the login (mqtt.username, mqtt.password)");
    }
  }

  @Test
  void at_the_broker_as_it_is_shipped_a_device_publishes_on_its_own_topic_only() throws Exception {
    String id = "iotdevice-m-abcdefgh";
    try (Mosquitto mosquitto = Mosquitto.shipped(List.of("fleetcast", id));
        MqttDevice fleetcast = new MqttDevice(mosquitto, "fleetcast");
        MqttDevice device = new MqttDevice(mosquitto, id)) {
      fleetcast.listen("iotsupport/logsink/#");
      device.listen("#");
      forge(mosquitto, id, "iotsupport/logsink/iotdevice-m-another");
      forge(mosquitto, id, "iotsupport/logsink");
      forge(mosquitto, id, "iotsupport/updates/config");
      device.publish("iotsupport/logsink/" + id, "own");
      assertThat(fleetcast.hear()).isEqualTo("own");
      fleetcast.publish("iotsupport/updates/config", "announced");
      assertThat(device.hear()).isEqualTo("announced");
    }
  }

  @Test
  void the_documented_acl_is_the_one_that_is_shipped() throws IOException {
    String document = Files.readString(Path.of("src/site/markdown/operations.md"));
    String acl = document.split("## A topic for each device\n")[1].split("```\n")[1];

    assertThat(Files.readString(Path.of("src/main/kubernetes/components/mosquitto/acl")))
        .endsWith(acl);
  }

  /** On a connection of its own: Mosquitto may close one on which it refuses a message. */
  private static void forge(Mosquitto broker, String user, String topic) throws MqttException {
    try (MqttDevice device = new MqttDevice(broker, user)) {
      device.publish(topic, "forged");
    }
  }

  @Test
  void a_broker_that_is_not_there_is_told() {
    Mosquitto mosquitto = Mosquitto.open();
    BrokerSettings settings = Replica.settings(mosquitto.url());
    mosquitto.close();
    assertThat(refusal(settings)).isEqualTo("nobody listens at mqtt.url");
  }

  @Test
  void tls_needs_the_authority_of_the_broker_and_a_certificate_that_it_trusts()
      throws MqttException {
    try (Mosquitto mosquitto = Mosquitto.withTls()) {
      Optional<PemFile> ca = PemFile.of("mqtt.ca.file", file(mosquitto, "ca.pem"));
      Optional<PemIdentity> client = client(mosquitto);

      open(tls(mosquitto, new TlsClient(ca, client))).disconnect();
      assertThat(refusal(tls(mosquitto, new TlsClient(Optional.empty(), client))))
          .startsWith("TLS failed (mqtt.ca.file, mqtt.certificate.file): ");
      assertThat(
              catchThrowableOfType(
                  MqttException.class,
                  () -> open(tls(mosquitto, new TlsClient(ca, Optional.empty())))))
          .isNotNull();
    }
  }

  @Test
  void each_connection_shows_the_certificate_of_then() throws MqttException, IOException {
    try (Mosquitto mosquitto = Mosquitto.withTls()) {
      BrokerSettings settings = trusted(mosquitto);
      Path certificate = mosquitto.file("client.pem");
      String good = Files.readString(certificate);
      Files.writeString(certificate, Files.readString(mosquitto.file("server.pem")));
      assertThat(refusal(settings))
          .isEqualTo("mqtt.key.file: the key is not of the first certificate in " + certificate);
      Files.writeString(certificate, good);
      open(settings).disconnect();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_message_over_the_limit_arrives_cut_and_the_next_one_whole(boolean tls)
      throws MqttException, InterruptedException {
    try (Mosquitto mosquitto = tls ? Mosquitto.withTls() : Mosquitto.open()) {
      BrokerSettings settings = tls ? trusted(mosquitto) : Replica.settings(mosquitto.url());
      BlockingQueue<InboundMessage> arrived = new LinkedBlockingQueue<>();
      MqttConnection connection =
          connection(limited(settings, 200_000), arrival -> arrived.add(arrival.inbound(true)));
      connection.open(List.of("a/topic"), new OneSession());
      connection.publish("a/topic", new byte[3_000_000], () -> {});
      connection.publish("a/topic", new byte[200_000], () -> {});
      InboundMessage cut = requireNonNull(arrived.poll(60, TimeUnit.SECONDS));
      InboundMessage whole = requireNonNull(arrived.poll(60, TimeUnit.SECONDS));
      connection.disconnect();
      assertThat(cut.payload()).hasSize(PayloadLimit.KEPT);
      assertThat(requireNonNull(cut.oversized()).length()).isEqualTo(3_000_000);
      assertThat(whole.payload()).hasSize(200_000);
      assertThat(whole.oversized()).isNull();
    }
  }

  private static BrokerSettings trusted(Mosquitto mosquitto) {
    return tls(
        mosquitto,
        new TlsClient(PemFile.of("mqtt.ca.file", file(mosquitto, "ca.pem")), client(mosquitto)));
  }

  private static Optional<PemIdentity> client(Mosquitto mosquitto) {
    return PemIdentity.of(
        "mqtt.certificate.file",
        file(mosquitto, "client.pem"),
        "mqtt.key.file",
        file(mosquitto, "client.key"));
  }

  private static MqttConnection connection(
      BrokerSettings settings, Consumer<UnackedMessage> arrivals) throws MqttException {
    InternalFaults faults = new InternalFaults(where -> {}, SteadyClock.INSTANCE);
    return new MqttConnection(settings, arrivals, (ended, reason) -> {}, faults);
  }

  private static MqttConnection open(BrokerSettings settings) throws MqttException {
    MqttConnection connection = connection(settings, arrival -> {});
    try {
      connection.open(List.of("a/topic"), new OneSession());
    } catch (MqttException refused) {
      connection.close();
      throw refused;
    }
    return connection;
  }

  private static String refusal(BrokerSettings settings) {
    return FailureReasons.of(catchThrowableOfType(MqttException.class, () -> open(settings)));
  }

  private static BrokerSettings login(Mosquitto mosquitto, String password) {
    return BrokerSettings.of(
        mosquitto.url(),
        "id",
        Optional.of("fleet"),
        Optional.of(password),
        TlsClient.PLAIN,
        Replica.LARGEST);
  }

  private static BrokerSettings limited(BrokerSettings settings, int maxPayload) {
    return new BrokerSettings(
        settings.address(),
        settings.clientId(),
        settings.username(),
        settings.password(),
        settings.tls(),
        maxPayload,
        settings.lasting());
  }

  private static BrokerSettings tls(Mosquitto mosquitto, TlsClient files) {
    return BrokerSettings.of(
        mosquitto.url(), "id", Optional.empty(), Optional.empty(), files, Replica.LARGEST);
  }

  private static Optional<String> file(Mosquitto mosquitto, String name) {
    return Optional.of(mosquitto.file(name).toString());
  }
}
