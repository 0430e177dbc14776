package org.fleetcast.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Optional;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

class ConnectionTest {
  @Test
  void theRightPasswordOpensAndAWrongOneIsToldByItsKey() throws MqttException {
    try (Mosquitto mosquitto = Mosquitto.withUser("fleet", "secret")) {
      open(login(mosquitto, "secret")).disconnect();
      assertThat(refusal(login(mosquitto, "guess")))
          .isEqualTo("the broker refused the login (mqtt.username, mqtt.password)");
    }
  }

  @Test
  void aBrokerThatIsNotThereIsTold() {
    Mosquitto mosquitto = Mosquitto.open();
    Settings settings = Replica.settings(mosquitto.url());
    mosquitto.close();
    assertThat(refusal(settings)).isEqualTo("nobody listens at mqtt.url");
  }

  @Test
  void tlsNeedsTheAuthorityOfTheBrokerAndACertificateThatItTrusts() throws MqttException {
    try (Mosquitto mosquitto = Mosquitto.withTls()) {
      Optional<String> ca = file(mosquitto, "ca.pem");
      Optional<String> certificate = file(mosquitto, "client.pem");
      Optional<String> key = file(mosquitto, "client.key");

      open(tls(mosquitto, new PemFiles(ca, certificate, key))).disconnect();
      assertThat(refusal(tls(mosquitto, new PemFiles(Optional.empty(), certificate, key))))
          .startsWith("TLS failed (mqtt.ca.file, mqtt.certificate.file): ");
      assertThat(
              catchThrowableOfType(
                  MqttException.class,
                  () -> open(tls(mosquitto, new PemFiles(ca, Optional.empty(), Optional.empty())))))
          .isNotNull();
    }
  }

  private static Connection open(Settings settings) throws MqttException {
    InternalFaults faults = new InternalFaults(where -> {}, SteadyClock.INSTANCE);
    Connection connection = new Connection(settings, arrival -> {}, (ended, reason) -> {}, faults);
    try {
      connection.open(List.of("a/topic"), new OneSession());
    } catch (MqttException refused) {
      connection.close();
      throw refused;
    }
    return connection;
  }

  private static String refusal(Settings settings) {
    return Reasons.of(catchThrowableOfType(MqttException.class, () -> open(settings)));
  }

  private static Settings login(Mosquitto mosquitto, String password) {
    return Settings.of(
        mosquitto.url(), "id", Optional.of("fleet"), Optional.of(password), PemFiles.NONE);
  }

  private static Settings tls(Mosquitto mosquitto, PemFiles files) {
    return Settings.of(mosquitto.url(), "id", Optional.empty(), Optional.empty(), files);
  }

  private static Optional<String> file(Mosquitto mosquitto, String name) {
    return Optional.of(mosquitto.file(name).toString());
  }
}
