package org.fleetcast.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

class BrokerReadinessTest {
  private static final Instant NOW = SteadyClock.now();

  @Test
  void a_broker_away_for_a_minute_is_tolerated() {
    assertThat(BrokerReadiness.isReady(since(Duration.ofSeconds(60), false, true), NOW)).isTrue();
  }

  @Test
  void a_broker_away_for_longer_is_not() {
    assertThat(BrokerReadiness.isReady(since(Duration.ofSeconds(61), false, true), NOW)).isFalse();
  }

  @Test
  void a_connection_of_any_age_is_ready() {
    assertThat(BrokerReadiness.isReady(since(Duration.ofHours(3), true, true), NOW)).isTrue();
  }

  @Test
  void before_the_first_subscribe_was_granted_nothing_is_tolerated() {
    assertThat(BrokerReadiness.isReady(ConnectionStatus.starting(), SteadyClock.now())).isFalse();
    ConnectionStatus refused = ConnectionStatus.starting().because("the broker refused the login");
    assertThat(BrokerReadiness.isReady(refused, SteadyClock.now())).isFalse();
    assertThat(BrokerReadiness.isReady(refused.granted().ended(), SteadyClock.now())).isTrue();
  }

  private static ConnectionStatus since(Duration lasted, boolean connected, boolean met) {
    return new ConnectionStatus(connected, met, Instant.EPOCH, NOW.minus(lasted), null);
  }
}
