package org.fleetcast.identity;

import java.net.URI;
import java.util.Optional;

/** Where devices get their credentials: a client per device. */
public interface CredentialIssuer {
  Client create(String clientId);

  Optional<Client> find(String clientId);

  String secret(String clientId);

  void delete(String clientId);

  URI tokenUrl();
}
