package org.fleetcast.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
    assertRefused(files(missing, null, null), "mqtt.ca.file: cannot read " + missing);
  }

  @Test
  void an_authority_that_is_no_pem_is_told_by_its_key(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("ca.pem"), "no certificate");
    assertRefused(
        files(file.toString(), null, null), "mqtt.ca.file: no PEM certificate in " + file);
  }

  @Test
  void a_certificate_needs_its_key(@TempDir Path folder) {
    assertRefused(
        files(null, folder.resolve("client.pem").toString(), null),
        "mqtt.certificate.file and mqtt.key.file need each other: only one is set");
  }

  @Test
  void a_password_needs_a_user() {
    assertThatThrownBy(
            () ->
                BrokerSettings.of(
                    "mqtt://broker", "id", Optional.empty(), Optional.of("x"), PemFiles.NONE, 1))
        .hasMessage("mqtt.password needs mqtt.username beside it");
  }

  @Test
  void the_password_is_not_written() {
    BrokerSettings settings =
        BrokerSettings.of(
            "mqtt://broker", "id", Optional.of("user"), Optional.of("hidden"), PemFiles.NONE, 1);
    assertThat(settings.toString()).isEqualTo("tcp://broker:1883 as id");
  }

  private static void assertRefused(PemFiles files, String sentence) {
    assertThatThrownBy(
            () ->
                BrokerSettings.of(
                    "mqtts://broker", "id", Optional.empty(), Optional.empty(), files, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(sentence);
  }

  private static PemFiles files(
      @Nullable String ca, @Nullable String certificate, @Nullable String key) {
    return new PemFiles(
        Optional.ofNullable(ca), Optional.ofNullable(certificate), Optional.ofNullable(key));
  }

  private static BrokerSettings settings(String url) {
    return BrokerSettings.of(url, "id", Optional.empty(), Optional.empty(), PemFiles.NONE, 1);
  }
}
