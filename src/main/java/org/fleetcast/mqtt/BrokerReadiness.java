package org.fleetcast.mqtt;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.fleetcast.time.SteadyClock;

/**
 * Ready when a configured broker has granted our SUBSCRIBE, unless it has been away for more than a
 * minute since, or nobody consumes.
 */
@Readiness
@Singleton
class BrokerReadiness implements HealthCheck {
  private static final Duration TOLERATED = Duration.ofSeconds(60);

  private final SharedBroker shared;

  /** A check of the broker of the process. */
  @Inject
  BrokerReadiness(SharedBroker shared) {
    this.shared = shared;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder answer = HealthCheckResponse.named("mqtt");
    return shared
        .broker()
        .map(broker -> of(broker, answer))
        .orElseGet(() -> answer.up().withData("sink", "off"))
        .build();
  }

  private static HealthCheckResponseBuilder of(
      MqttSession broker, HealthCheckResponseBuilder answer) {
    broker.told().forEach(answer::withData);
    if (broker.isElsewhere() && !broker.isDeserted()) {
      return answer.up().withData("sink", "standby");
    }
    ConnectionStatus status = broker.status();
    boolean deserted = broker.isDeserted();
    answer
        .status(!deserted && isReady(status, SteadyClock.now()))
        .withData("state", status.connected() ? "connected" : "away")
        .withData("since", status.since().toString())
        .withData("consumer", deserted ? "failed" : "listening");
    if (!status.met()) {
      answer.withData("subscribed", "never since the start");
    }
    String reason = status.reason();
    return reason == null ? answer : answer.withData("reason", reason);
  }

  static boolean isReady(ConnectionStatus status, Instant steadyNow) {
    return status.connected()
        || (status.met() && status.lasted(steadyNow).compareTo(TOLERATED) <= 0);
  }
}
