package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Base64;
import java.util.Map;
import org.fleetcast.stack.NvsReader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NvsPartitionTest {
  @Test
  void it_holds_every_field_of_what_a_device_is_told() {
    NvsPartition partition = NvsPartition.of(12_288, told("mqtt://broker", "fleet", "pass"));
    byte[] image = Base64.getDecoder().decode(partition.data());
    assertThat(image).hasSize(partition.size()).hasSize(12_288);
    assertThat(NvsReader.read(image).strings())
        .isEqualTo(
            Map.of(
                "prov.device_key", "abcd2345",
                "prov.client_id", "iotdevice-esp32-abcd2345",
                "prov.client_secret", "s3cret",
                "prov.token_url", "https://login.example/token",
                "prov.base_url", "https://fleet.example",
                "prov.mqtt_url", "mqtt://broker",
                "prov.wifi_ssid", "fleet",
                "prov.wifi_password", "pass"));
    assertThat(partition).hasToString("NvsPartition[size=12288]");
  }

  @Test
  void every_setting_that_is_missing_or_empty_is_named() {
    assertThatThrownBy(() -> NvsPartition.of(12_288, told("mqtt://broker", null, "pass")))
        .hasMessage(
            "A device cannot be provisioned while the server does not have: wifi_ssid"
                + " (WIFI_SSID)");
    assertThatThrownBy(() -> NvsPartition.of(12_288, told(null, "", null)))
        .hasMessageEndingWith(
            "not have: mqtt_url (DEVICE_MQTT_URL), wifi_ssid (WIFI_SSID), wifi_password"
                + " (WIFI_PASSWORD)");
  }

  private static Provisioning told(
      @Nullable String mqttUrl, @Nullable String ssid, @Nullable String password) {
    return new Provisioning(
        "abcd2345",
        "iotdevice-esp32-abcd2345",
        "s3cret",
        URI.create("https://login.example/token"),
        "https://fleet.example",
        mqttUrl,
        ssid,
        password);
  }
}
