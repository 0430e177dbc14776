package org.fleetcast.identity;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import org.jspecify.annotations.Nullable;

/** A device's client in Keycloak, which can do one thing: get a token for itself by its secret. */
final class KeycloakDevice {
  /** Gives tokens their {@code sub}; all else that a realm gives by default is for people. */
  private static final String BASIC_SCOPE = "basic";

  private KeycloakDevice() {}

  /**
   * The representation of a new client.
   *
   * @param audience what its tokens must name; null: nothing
   */
  static JsonObject client(String clientId, String uuid, @Nullable String audience) {
    JsonObjectBuilder client =
        Json.createObjectBuilder()
            .add("id", uuid)
            .add("clientId", clientId)
            .add("protocol", "openid-connect")
            .add("clientAuthenticatorType", "client-secret")
            .add("publicClient", false)
            .add("serviceAccountsEnabled", true)
            .add("standardFlowEnabled", false)
            .add("implicitFlowEnabled", false)
            .add("directAccessGrantsEnabled", false)
            .add("fullScopeAllowed", false)
            .add("defaultClientScopes", Json.createArrayBuilder().add(BASIC_SCOPE))
            .add("optionalClientScopes", Json.createArrayBuilder());
    if (audience != null) {
      client.add("protocolMappers", audienceMapper(audience));
    }
    return client.build();
  }

  private static JsonArrayBuilder audienceMapper(String audience) {
    return Json.createArrayBuilder()
        .add(
            Json.createObjectBuilder()
                .add("name", "audience")
                .add("protocol", "openid-connect")
                .add("protocolMapper", "oidc-audience-mapper")
                .add(
                    "config",
                    Json.createObjectBuilder()
                        .add("included.custom.audience", audience)
                        .add("access.token.claim", "true")
                        .add("id.token.claim", "false")));
  }
}
