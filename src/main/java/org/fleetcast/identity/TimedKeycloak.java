package org.fleetcast.identity;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.rest.client.RestClientBuilder;

/**
 * Keycloak for a request that has to be over in time. A timeout belongs to a client and not to a
 * request, and nothing interrupts a thread that reads from a socket; so there are a few clients,
 * and a request goes through the most patient one that keeps the deadline.
 */
final class TimedKeycloak {
  private static final Duration CONNECT = Duration.ofMillis(300);
  private static final List<Duration> READS =
      List.of(Duration.ofMillis(1500), Duration.ofMillis(700), Duration.ofMillis(300));

  private final List<Timed> clients;

  TimedKeycloak(KeycloakAccess access) {
    this.clients = READS.stream().map(read -> new Timed(read, client(access, read))).toList();
  }

  private record Timed(Duration read, KeycloakApi api) {}

  /** Throws {@link Deadline.Passed} when too little time is left to begin anything. */
  KeycloakApi within(Deadline deadline) {
    Duration left = deadline.left();
    return clients.stream()
        .filter(client -> CONNECT.plus(client.read()).compareTo(left) <= 0)
        .findFirst()
        .orElseThrow(Deadline.Passed::new)
        .api();
  }

  private static KeycloakApi client(KeycloakAccess access, Duration read) {
    return RestClientBuilder.newBuilder()
        .baseUri(access.base())
        .connectTimeout(CONNECT.toMillis(), TimeUnit.MILLISECONDS)
        .readTimeout(read.toMillis(), TimeUnit.MILLISECONDS)
        .register(new KeycloakApi.Refusals())
        .build(KeycloakApi.class);
  }
}
