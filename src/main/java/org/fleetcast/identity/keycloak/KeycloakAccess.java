package org.fleetcast.identity.keycloak;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.fleetcast.identity.PublicUrl;
import org.fleetcast.problem.Setting;

/**
 * Where Keycloak is, and as whom we look after its clients.
 *
 * @param base its address without a slash at its end
 * @param realm the realm that the devices belong to
 * @param clientId our own client there, whose service account may manage clients
 */
public record KeycloakAccess(URI base, String realm, String clientId, String clientSecret) {
  private static final String BASE = "KEYCLOAK_BASE_URL";
  private static final String REALM = "KEYCLOAK_REALM";
  private static final String CLIENT = "KEYCLOAK_ADMIN_CLIENT_ID";
  private static final String SECRET = "KEYCLOAK_ADMIN_CLIENT_SECRET";

  /** What is configured; empty when nothing is. */
  public static Optional<KeycloakAccess> read(
      Optional<String> base,
      Optional<String> realm,
      Optional<String> clientId,
      Optional<String> clientSecret) {
    Map<String, Optional<String>> all = new LinkedHashMap<>();
    all.put(BASE, base);
    all.put(REALM, realm);
    all.put(CLIENT, clientId);
    all.put(SECRET, clientSecret);
    List<String> missing =
        all.entrySet().stream()
            .filter(setting -> setting.getValue().isEmpty())
            .map(Map.Entry::getKey)
            .toList();
    if (missing.size() == all.size()) {
      return Optional.empty();
    }
    if (!missing.isEmpty()) {
      throw Setting.bad(
          String.join(", ", missing)
              + " must be set too: with Keycloak all of "
              + String.join(", ", all.keySet())
              + " are needed");
    }
    return Optional.of(
        new KeycloakAccess(
            PublicUrl.address(base.orElseThrow())
                .orElseThrow(
                    () ->
                        Setting.bad(
                            BASE
                                + " must be the http or https address of Keycloak, with no"
                                + " underscore in the name of the host")),
            realmName(realm.orElseThrow()),
            clientId.orElseThrow(),
            clientSecret.orElseThrow()));
  }

  /** Where the clients of the realm change their secrets for tokens. */
  URI tokenUrl() {
    return URI.create(base + "/realms/" + realm + "/protocol/openid-connect/token");
  }

  /** The page of Keycloak's admin console that shows a client. */
  String consoleUrl(String uuid) {
    return base + "/admin/master/console/#/" + realm + "/clients/" + uuid + "/settings";
  }

  private static String realmName(String name) {
    if (!name.matches("[A-Za-z0-9_~-][A-Za-z0-9._~-]*")) {
      throw Setting.bad(
          REALM + " must be the name of a realm: letters, digits and . _ ~ -, no dot first");
    }
    return name;
  }

  /** Says nothing of the secret, so that it reaches no log. */
  @Override
  public String toString() {
    return "KeycloakAccess[base=" + base + ", realm=" + realm + ", clientId=" + clientId + "]";
  }
}
