package org.fleetcast.identity;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiFunction;
import org.fleetcast.identity.KeycloakApi.Refused;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What is done at Keycloak, step by step, each method once and without patience. Each may be done
 * again after a failure, whether or not Keycloak had done its part.
 */
final class KeycloakSteps {
  /** Gives tokens their {@code sub}; all else that a realm gives by default is for people. */
  private static final String BASIC_SCOPE = "basic";

  private final TimedKeycloak keycloak;
  private final KeycloakAccess access;
  private final KeycloakTokens tokens;
  private final @Nullable String audience;

  /**
   * Steps at one Keycloak.
   *
   * @param audience what the tokens of new clients must name; null: nothing
   */
  KeycloakSteps(
      TimedKeycloak keycloak,
      KeycloakAccess access,
      KeycloakTokens tokens,
      @Nullable String audience) {
    this.keycloak = keycloak;
    this.access = access;
    this.tokens = tokens;
    this.audience = audience;
  }

  /**
   * Creates a client, unless an earlier try of ours did.
   *
   * @param uuid drawn by us once for all tries, so that we know our own again
   */
  Client create(String clientId, String uuid, Deadline deadline) {
    // Looking first also finds out whether Keycloak hangs before there is anything to undo.
    Optional<Client> there = find(clientId, deadline);
    if (there.isEmpty()) {
      try {
        authorized(
            deadline,
            (api, bearer) -> {
              api.create(access.realm(), bearer, representation(clientId, uuid));
              return uuid;
            });
        return client(clientId, uuid);
      } catch (Refused refused) {
        if (refused.status() != 409) {
          throw refused;
        }
        there = find(clientId, deadline);
        if (there.isEmpty()) {
          throw refused;
        }
      }
    }
    return there
        .filter(found -> uuid.equals(found.uuid()))
        .orElseThrow(
            () -> Problem.of(Code.RECORD_EXISTS, "Client " + clientId + " exists already"));
  }

  Optional<Client> find(String clientId, Deadline deadline) {
    return authorized(deadline, (api, bearer) -> api.clients(access.realm(), bearer, clientId))
        .stream()
        .map(KeycloakSteps::object)
        .filter(found -> clientId.equals(text(found, "clientId")))
        .map(found -> client(clientId, text(found, "id")))
        .findFirst();
  }

  Secret secret(String clientId, Deadline deadline) {
    return secret(
        clientId, deadline, (api, bearer, uuid) -> api.secret(access.realm(), bearer, uuid));
  }

  Secret regenerate(String clientId, Deadline deadline) {
    return secret(
        clientId, deadline, (api, bearer, uuid) -> api.regenerate(access.realm(), bearer, uuid));
  }

  private Secret secret(String clientId, Deadline deadline, OnClient<JsonObject> call) {
    String value = text(onClient(clientId, deadline, call), "value");
    return new Secret(value, tokens.issuerTime(deadline));
  }

  /** Only the secret is sent, so that nothing else changes, whatever was changed meanwhile. */
  Instant restore(String clientId, String secret, Deadline deadline) {
    JsonObject fields = Json.createObjectBuilder().add("secret", secret).build();
    String unused =
        onClient(
            clientId,
            deadline,
            (api, bearer, uuid) -> {
              api.update(access.realm(), bearer, uuid, fields);
              return uuid;
            });
    return tokens.issuerTime(deadline);
  }

  void delete(String clientId, Deadline deadline) {
    try {
      String unused =
          onClient(
              clientId,
              deadline,
              (api, bearer, uuid) -> {
                api.delete(access.realm(), bearer, uuid);
                return uuid;
              });
    } catch (Problem missing) {
      if (missing.code() != Code.RECORD_NOT_FOUND) {
        throw missing;
      }
    }
  }

  private interface OnClient<T> {
    T call(KeycloakApi api, String bearer, String uuid);
  }

  private <T> T onClient(String clientId, Deadline deadline, OnClient<T> call) {
    String uuid = find(clientId, deadline).map(Client::uuid).orElseThrow(() -> missing(clientId));
    try {
      return authorized(deadline, (api, bearer) -> call.call(api, bearer, uuid));
    } catch (Refused refused) {
      throw refused.status() == 404 ? missing(clientId) : refused;
    }
  }

  /** Asks as ourselves; a token that is refused before its time is replaced once. */
  private <T> T authorized(Deadline deadline, BiFunction<KeycloakApi, String, T> call) {
    String bearer = tokens.bearer(deadline);
    try {
      return call.apply(keycloak.within(deadline), bearer);
    } catch (Refused refused) {
      if (refused.status() != 401) {
        throw refused;
      }
    }
    tokens.forget();
    String renewed = tokens.bearer(deadline);
    return call.apply(keycloak.within(deadline), renewed);
  }

  /** A client that can do one thing: get a token for itself by its secret. */
  private JsonObject representation(String clientId, String uuid) {
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

  private Client client(String clientId, String uuid) {
    return new Client(clientId, uuid, access.consoleUrl(uuid));
  }

  private static JsonObject object(JsonValue value) {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw shapeless("client");
  }

  private static String text(JsonObject object, String name) {
    String text = object.getString(name, "");
    if (text.isEmpty()) {
      throw shapeless(name);
    }
    return text;
  }

  private static Refused shapeless(String what) {
    return new Refused("Keycloak answered without a " + what, 200);
  }

  private static Problem missing(String clientId) {
    return Problem.notFound("Client " + clientId);
  }
}
