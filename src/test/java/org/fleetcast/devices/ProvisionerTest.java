package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProvisionerTest {
  @ParameterizedTest
  @ValueSource(strings = {"broker:1883", "http://broker", "mqtt://", "mqtt://bro ker"})
  void a_bad_address_of_the_broker_stops_the_start_and_names_its_key(String url) {
    assertThatThrownBy(() -> Provisioner.check("DEVICE_MQTT_URL", Optional.of(url), "mqtt"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("DEVICE_MQTT_URL must be an address that begins with mqtt:// or mqtts://");
  }

  @Test
  void a_good_address_or_none_is_fine() {
    Provisioner.check("DEVICE_MQTT_URL", Optional.of("mqtts://broker:8883"), "mqtt");
    Provisioner.check("DEVICE_MQTT_URL", Optional.of("mqtt://mqtt_broker:1883"), "mqtt");
    Provisioner.check("DEVICE_BASEURL", Optional.of("http://fleet.example"), "http");
    Provisioner.check("DEVICE_BASEURL", Optional.empty(), "http");
  }
}
