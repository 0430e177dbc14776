package org.fleetcast.identity;

import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps clients in memory. */
@Singleton
public class TemporaryIssuer implements CredentialIssuer {
  private final Map<String, String> clients = new ConcurrentHashMap<>();

  @Override
  public Client create(String clientId) {
    if (clientId.contains("failing")) {
      throw org.fleetcast.problem.Problem.of(
          org.fleetcast.problem.Code.EXTERNAL_SERVICE_ERROR, "The issuer failed");
    }
    clients.put(clientId, "secret-" + System.nanoTime());
    return new Client(clientId, null, null);
  }

  @Override
  public Optional<Client> find(String clientId) {
    return clients.containsKey(clientId)
        ? Optional.of(new Client(clientId, null, null))
        : Optional.empty();
  }

  @Override
  public String secret(String clientId) {
    return clients.getOrDefault(clientId, "gone");
  }

  @Override
  public void delete(String clientId) {
    System.out.println("TEMP issuer delete " + clientId);
    clients.remove(clientId);
  }

  @Override
  public URI tokenUrl() {
    return URI.create("http://localhost/api/auth/token");
  }
}
