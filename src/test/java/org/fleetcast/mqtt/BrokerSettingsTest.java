package org.fleetcast.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.fleetcast.tls.TlsClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BrokerSettingsTest {
  @ParameterizedTest
  @CsvSource({
    "mqtt://broker, tcp://broker:1883",
    "mqtt://broker:11883/, tcp://broker:11883",
    "MQTTS://broker.example, ssl://broker.example:8883",
    "mqtts://[::1]:9, ssl://[::1]:9",
  })
  void an_address_has_its_usual_port(String url, String expected) {
    assertThat(settings(url).address()).hasToString(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "broker:1883",
        "tcp://broker",
        "http://broker",
        "mqtt://",
        "mqtt://user:hidden@broker",
        "mqtt://broker/path",
        "mqtt://broker:99999",
        "mqtt://bro ker"
      })
  void a_bad_address_is_told_by_its_key_without_repeating_it(String url) {
    assertThatThrownBy(() -> settings(url))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("mqtt.url must look like mqtt://host:1883")
        .hasMessageNotContaining("hidden")
        .hasNoCause();
  }

  @Test
  void an_unreadable_authority_is_told_by_its_key(@TempDir Path folder) {
    String missing = folder.resolve("ca.pem").toString();
    TlsClient files = TlsClient.trusting("mqtt.ca.file", Optional.of(missing));
    assertThat(settings("mqtt://broker", files).tls()).isEmpty();
    assertThatThrownBy(() -> settings("mqtts://broker", files))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("mqtt.ca.file: cannot read " + missing);
  }

  @Test
  void a_password_needs_a_user() {
    assertThatThrownBy(
            () ->
                BrokerSettings.of(
                    "mqtt://broker", "id", Optional.empty(), Optional.of("x"), TlsClient.PLAIN, 1))
        .hasMessage("mqtt.password needs mqtt.username beside it");
  }

  @Test
  void the_password_is_not_written() {
    BrokerSettings settings =
        BrokerSettings.of(
            "mqtt://broker", "id", Optional.of("user"), Optional.of("hidden"), TlsClient.PLAIN, 1);
    assertThat(settings.toString()).isEqualTo("tcp://broker:1883 as id");
  }

  private static BrokerSettings settings(String url) {
    return settings(url, TlsClient.PLAIN);
  }

  private static BrokerSettings settings(String url, TlsClient files) {
    return BrokerSettings.of(url, "id", Optional.empty(), Optional.empty(), files, 1);
  }
}
