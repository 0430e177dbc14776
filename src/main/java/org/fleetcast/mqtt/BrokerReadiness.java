package org.fleetcast.mqtt;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready unless a configured broker has been away for more than a minute. */
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
    Optional<Broker.Status> status = shared.broker().map(Broker::status);
    if (status.isEmpty()) {
      return answer.up().withData("sink", "off").build();
    }
    Broker.Status now = status.get();
    return answer
        .status(isReady(now, Clock.systemUTC().instant()))
        .withData("state", now.connected() ? "connected" : "away")
        .withData("since", now.since().toString())
        .build();
  }

  static boolean isReady(Broker.Status status, Instant now) {
    return status.connected() || status.lasted(now).compareTo(TOLERATED) <= 0;
  }
}
