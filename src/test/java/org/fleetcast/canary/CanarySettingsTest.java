package org.fleetcast.canary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CanarySettingsTest {
  private static CanarySettings of(
      @Nullable String interval, String topic, @Nullable String broker) {
    return new CanarySettings(
        Optional.ofNullable(interval),
        "30",
        "fleetcast-canary",
        topic,
        "entity_id",
        Optional.ofNullable(broker));
  }

  @Test
  void without_an_interval_there_is_none_whatever_else_is_set() {
    assertThat(of(null, "logs/+", null).interval()).isEmpty();
    assertThat(of("10", "logs", "mqtt://broker").interval()).hasValue(Duration.ofSeconds(10));
  }

  @Test
  void it_needs_a_broker() {
    assertThatThrownBy(() -> of("10", "logs", null))
        .hasMessage("CANARY_INTERVAL_SECONDS needs MQTT_URL: its lines go over the broker");
  }

  @Test
  void it_publishes_on_no_wildcard() {
    for (String topic : new String[] {"logs/+", "logs/#", "$share/a/logs"}) {
      assertThatThrownBy(() -> of("10", topic, "mqtt://broker"))
          .hasMessageStartingWith("CANARY_TOPIC must be a topic without wildcards");
    }
  }
}
