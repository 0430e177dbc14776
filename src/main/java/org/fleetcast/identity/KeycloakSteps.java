package org.fleetcast.identity;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
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
  /** How a Keycloak answers that never keeps a rotated secret. */
  private static final Set<Integer> WITHOUT_ROTATED = Set.of(400, 404, 405);

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
              api.create(access.realm(), bearer, KeycloakDevice.client(clientId, uuid, audience));
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
        clientId,
        deadline,
        (api, bearer, uuid) -> {
          JsonObject secret = api.regenerate(access.realm(), bearer, uuid);
          withdrawRotated(api, bearer, uuid);
          return secret;
        });
  }

  Secret onlySecret(String clientId, Deadline deadline) {
    return secret(
        clientId,
        deadline,
        (api, bearer, uuid) -> {
          withdrawRotated(api, bearer, uuid);
          return api.secret(access.realm(), bearer, uuid);
        });
  }

  /**
   * A policy of the realm may leave the secret before good for days, and a token does not show with
   * which of the two it was obtained. A Keycloak that does not know of it refuses, and leaves none.
   */
  private void withdrawRotated(KeycloakApi api, String bearer, String uuid) {
    try {
      api.withdrawRotated(access.realm(), bearer, uuid);
    } catch (Refused refused) {
      if (!WITHOUT_ROTATED.contains(refused.status())) {
        throw refused;
      }
    }
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
              withdrawRotated(api, bearer, uuid);
              return uuid;
            });
    return tokens.issuerTime(deadline);
  }

  /** An access token as one of the devices gets it; none while there is no device. */
  Optional<String> deviceToken(Deadline deadline) {
    return authorized(
            deadline,
            (api, bearer) ->
                api.search(access.realm(), bearer, AudienceRule.DEVICE_PREFIX, true, 1))
        .stream()
        .map(found -> text(object(found), "clientId"))
        .filter(AudienceRule::isDevice)
        .map(clientId -> token(clientId, secret(clientId, deadline), deadline))
        .findFirst();
  }

  private String token(String clientId, Secret secret, Deadline deadline) {
    return text(
        keycloak
            .within(deadline)
            .token(access.realm(), "client_credentials", clientId, secret.value()),
        "access_token");
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
