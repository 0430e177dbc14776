package org.fleetcast.identity.keycloak;

import static org.fleetcast.identity.keycloak.KeycloakConnection.encoded;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.fleetcast.identity.AudienceRule;
import org.fleetcast.identity.IssuerClient;
import org.fleetcast.identity.Secret;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * What is done at Keycloak for one call. Each method may be called again after a failure, whether
 * or not Keycloak had done its part.
 */
record KeycloakAdminClient(KeycloakConnection keycloak, KeycloakTimeLimit limit) {
  /**
   * What a device's client can do: get a token for itself by its secret. The scope gives tokens
   * their {@code sub}; all else that a realm gives by default is for people.
   */
  private static final String DEVICE =
      """
      {"protocol": "openid-connect", "clientAuthenticatorType": "client-secret",
       "publicClient": false, "serviceAccountsEnabled": true, "standardFlowEnabled": false,
       "implicitFlowEnabled": false, "directAccessGrantsEnabled": false, "fullScopeAllowed": false,
       "defaultClientScopes": ["basic"], "optionalClientScopes": []}
      """;

  /** How a Keycloak answers that never keeps a rotated secret. */
  private static final Set<Integer> WITHOUT_ROTATED = Set.of(400, 404, 405);

  private static final String SECRET = "/client-secret";

  /**
   * Creates a client, unless an earlier try of ours did.
   *
   * @param uuid chosen by us once for all tries, so that we know our own again
   * @param audience what its tokens must name; null: nothing
   */
  IssuerClient create(String clientId, String uuid, @Nullable String audience) {
    // Looking first also finds out whether Keycloak hangs before there is anything to undo.
    Optional<IssuerClient> there = find(clientId);
    if (there.isEmpty()) {
      try {
        keycloak.admin(limit, "POST", "/clients", device(clientId, uuid, audience));
        return client(clientId, uuid);
      } catch (KeycloakFailure failure) {
        there = failure.status() == 409 ? find(clientId) : Optional.empty();
        if (there.isEmpty()) {
          throw failure;
        }
      }
    }
    return there
        .filter(found -> uuid.equals(found.uuid()))
        .orElseThrow(
            () -> Problem.of(ProblemCode.RECORD_EXISTS, "Client " + clientId + " exists already"));
  }

  Optional<IssuerClient> find(String clientId) {
    return clients("clientId=" + encoded(clientId)).stream()
        .filter(found -> clientId.equals(text(found, "clientId")))
        .map(found -> client(clientId, text(found, "id")))
        .findFirst();
  }

  Secret secret(String clientId) {
    return secret(onClient(clientId, uuid -> send("GET", uuid, SECRET)));
  }

  Secret regenerate(String clientId) {
    return secret(
        onClient(
            clientId,
            uuid -> {
              JsonValue secret = send("POST", uuid, SECRET);
              withdrawRotated(uuid);
              return secret;
            }));
  }

  Secret onlySecret(String clientId) {
    return secret(
        onClient(
            clientId,
            uuid -> {
              withdrawRotated(uuid);
              return send("GET", uuid, SECRET);
            }));
  }

  /** Only the secret is sent, so that nothing else changes, whatever was changed meanwhile. */
  Instant restore(String clientId, String secret) {
    JsonObject fields = Json.createObjectBuilder().add("secret", secret).build();
    onClient(
        clientId,
        uuid -> {
          keycloak.admin(limit, "PUT", "/clients/" + encoded(uuid), fields);
          return withdrawRotated(uuid);
        });
    return keycloak.issuerTime(limit);
  }

  /** Whether there was one to delete. */
  boolean delete(String clientId) {
    try {
      onClient(clientId, uuid -> send("DELETE", uuid, ""));
      return true;
    } catch (Problem missing) {
      if (missing.code() != ProblemCode.RECORD_NOT_FOUND) {
        throw missing;
      }
      return false;
    }
  }

  /** An access token as one of the devices gets it; none while there is no device. */
  Optional<String> deviceToken() {
    return clients("search=true&max=1&clientId=" + AudienceRule.DEVICE_PREFIX).stream()
        .map(found -> text(found, "clientId"))
        .filter(AudienceRule::isDevice)
        .map(id -> text(keycloak.token(limit, id, secret(id).value()), "access_token"))
        .findFirst();
  }

  /**
   * A policy of the realm may leave the secret before good for days, and a token does not show with
   * which of the two it was obtained. A Keycloak that does not know of it refuses, and leaves none.
   */
  private JsonValue withdrawRotated(String uuid) {
    try {
      return send("DELETE", uuid, SECRET + "/rotated");
    } catch (KeycloakFailure failure) {
      if (WITHOUT_ROTATED.contains(failure.status())) {
        return JsonValue.NULL;
      }
      throw failure;
    }
  }

  private JsonValue onClient(String clientId, Function<String, JsonValue> call) {
    String uuid = find(clientId).map(IssuerClient::uuid).orElseThrow(() -> missing(clientId));
    try {
      return call.apply(uuid);
    } catch (KeycloakFailure failure) {
      throw failure.status() == 404 ? missing(clientId) : failure;
    }
  }

  private JsonValue send(String method, String uuid, String path) {
    return keycloak.admin(limit, method, "/clients/" + encoded(uuid) + path, null);
  }

  private JsonArray clients(String query) {
    if (keycloak.admin(limit, "GET", "/clients?" + query, null) instanceof JsonArray clients) {
      return clients;
    }
    throw KeycloakFailure.without("list of clients");
  }

  private IssuerClient client(String clientId, String uuid) {
    return new IssuerClient(clientId, uuid, keycloak.access().consoleUrl(uuid));
  }

  private Secret secret(JsonValue answer) {
    return new Secret(text(answer, "value"), keycloak.issuerTime(limit));
  }

  private static JsonObject device(String clientId, String uuid, @Nullable String audience) {
    JsonObjectBuilder device;
    try (JsonReader reader = Json.createReader(new StringReader(DEVICE))) {
      device = Json.createObjectBuilder(reader.readObject());
    }
    if (audience != null) {
      device.add("protocolMappers", Json.createArrayBuilder(List.of(audienceMapper(audience))));
    }
    return device.add("id", uuid).add("clientId", clientId).build();
  }

  private static Map<String, Object> audienceMapper(String audience) {
    return Map.of(
        "name", "audience",
        "protocol", "openid-connect",
        "protocolMapper", "oidc-audience-mapper",
        "config",
            Map.of(
                "included.custom.audience", audience,
                "access.token.claim", "true",
                "id.token.claim", "false"));
  }

  private static String text(JsonValue answer, String name) {
    String text = answer instanceof JsonObject object ? object.getString(name, "") : "";
    if (text.isEmpty()) {
      throw KeycloakFailure.without(name);
    }
    return text;
  }

  private static Problem missing(String clientId) {
    return Problem.notFound("Client " + clientId);
  }
}
