package org.fleetcast.mqtt;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready unless a configured broker has been away for more than a minute, or nobody consumes. */
@Readiness
@Singleton
public class BrokerReadiness implements HealthCheck {
  private static final Duration TOLERATED = Duration.ofSeconds(60);

  private final SharedBroker shared;

  /** A check of the broker of the process. */
  @Inject
  public BrokerReadiness(SharedBroker shared) {
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

  private static HealthCheckResponseBuilder of(Broker broker, HealthCheckResponseBuilder answer) {
    Broker.Status status = broker.status();
    boolean deserted = broker.isDeserted();
    return answer
        .status(!deserted && isReady(status, Clock.systemUTC().instant()))
        .withData("state", status.connected() ? "connected" : "away")
        .withData("since", status.since().toString())
        .withData("consumer", deserted ? "failed" : "listening");
  }

  static boolean isReady(Broker.Status status, Instant now) {
    return status.connected() || status.lasted(now).compareTo(TOLERATED) <= 0;
  }
}
