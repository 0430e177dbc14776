package org.fleetcast.devices;

import java.util.Optional;
import org.fleetcast.identity.IssuerClient;
import org.jspecify.annotations.Nullable;

/** Whether a device's client is there at the issuer. */
public record ClientStatus(
    boolean exists, String clientId, @Nullable String keycloakUuid, @Nullable String consoleUrl) {

  static ClientStatus of(String clientId, Optional<IssuerClient> client) {
    return client
        .map(found -> new ClientStatus(true, clientId, found.uuid(), found.consoleUrl()))
        .orElseGet(() -> new ClientStatus(false, clientId, null, null));
  }
}
