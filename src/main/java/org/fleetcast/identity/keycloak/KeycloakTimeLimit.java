package org.fleetcast.identity.keycloak;

import java.time.Duration;

/**
 * How long a call of Keycloak may take with all its requests and their tries, and how long one try.
 * Two calls fit into the five seconds for which a database row may be held locked.
 */
record KeycloakTimeLimit(Duration call, Duration request) {
  static final Duration CALL = Duration.ofMillis(2_300);

  KeycloakTimeLimit() {
    this(CALL, Duration.ofMillis(1_500));
  }
}
