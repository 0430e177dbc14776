package org.fleetcast.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class BrokerReadinessTest {
  private static final Instant NOW = Instant.parse("2026-02-16T10:30:00Z");

  @Test
  void aBrokerAwayForAMinuteIsTolerated() {
    assertThat(BrokerReadiness.isReady(new Broker.Status(false, NOW.minusSeconds(60)), NOW))
        .isTrue();
  }

  @Test
  void aBrokerAwayForLongerIsNot() {
    assertThat(BrokerReadiness.isReady(new Broker.Status(false, NOW.minusSeconds(61)), NOW))
        .isFalse();
  }

  @Test
  void aConnectionOfAnyAgeIsReady() {
    assertThat(BrokerReadiness.isReady(new Broker.Status(true, NOW.minusSeconds(9_000)), NOW))
        .isTrue();
  }
}
