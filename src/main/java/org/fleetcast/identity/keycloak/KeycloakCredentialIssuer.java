package org.fleetcast.identity.keycloak;

import static org.fleetcast.identity.keycloak.KeycloakConnection.encoded;
import static org.fleetcast.identity.keycloak.KeycloakConnection.refused;

import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.fleetcast.identity.AudienceRule;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.identity.IssuerClient;
import org.fleetcast.identity.OpenIdSettings;
import org.fleetcast.identity.ProviderTrust;
import org.fleetcast.identity.Secret;
import org.fleetcast.identity.keycloak.KeycloakConnection.Answer;
import org.fleetcast.identity.keycloak.KeycloakConnection.Call;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.ProblemLog;
import org.jspecify.annotations.Nullable;

/**
 * The clients of devices in a realm of Keycloak. Whatever goes wrong there is one failure here, 502
 * with the cause for the log.
 */
@Singleton
@Typed(KeycloakCredentialIssuer.class)
public class KeycloakCredentialIssuer implements CredentialIssuer {
  private static final Logger LOG = System.getLogger(KeycloakCredentialIssuer.class.getName());
  private static final String CLIENTS = "/clients";
  private static final String SECRET = "/client-secret";

  /**
   * What a device's client can do: get a token for itself by its secret. The scope gives tokens
   * their {@code sub}; all else that a realm gives by default is for people.
   */
  private static final Map<String, Object> DEVICE =
      Map.of(
          "protocol", "openid-connect",
          "clientAuthenticatorType", "client-secret",
          "publicClient", false,
          "serviceAccountsEnabled", true,
          "standardFlowEnabled", false,
          "implicitFlowEnabled", false,
          "directAccessGrantsEnabled", false,
          "fullScopeAllowed", false,
          "defaultClientScopes", List.of("basic"),
          "optionalClientScopes", List.of());

  /** How a Keycloak answers that never keeps a rotated secret. */
  private static final Set<Integer> WITHOUT_ROTATED = Set.of(400, 404, 405);

  private final KeycloakAccess access;
  private final KeycloakConnection keycloak;
  private final OpenIdSettings openId;
  private final Supplier<KeycloakTimeLimit> limits;

  @Inject
  KeycloakCredentialIssuer(
      KeycloakAccess access,
      OpenIdSettings openId,
      ProviderTrust trust,
      ManagedThreadFactory threads) {
    this(access, openId, trust, Executors.newCachedThreadPool(threads), KeycloakTimeLimit::new);
  }

  KeycloakCredentialIssuer(
      KeycloakAccess access,
      OpenIdSettings openId,
      ProviderTrust trust,
      ExecutorService threads,
      Supplier<KeycloakTimeLimit> limits) {
    this.access = access;
    this.keycloak = new KeycloakConnection(access, trust, threads);
    this.openId = openId;
    this.limits = limits;
  }

  @Override
  public IssuerClient create(String clientId) {
    Call call = call();
    // Chosen by us, so that we know our own again when a try was done whose answer was lost.
    String uuid = UUID.randomUUID().toString();
    // Looking first also finds out whether Keycloak hangs before there is anything to undo.
    Optional<IssuerClient> there = find(call, clientId);
    if (there.isEmpty()) {
      Answer answer = call.admin("POST", CLIENTS, device(clientId, uuid));
      there = answer.status() == 409 ? find(call, clientId) : Optional.empty();
      if (there.isEmpty()) {
        answer.orThrow();
        return client(clientId, uuid);
      }
    }
    return there
        .filter(found -> uuid.equals(found.uuid()))
        .orElseThrow(
            () -> Problem.of(ProblemCode.RECORD_EXISTS, "Client " + clientId + " exists already"));
  }

  @Override
  public Optional<IssuerClient> find(String clientId) {
    return find(call(), clientId);
  }

  @Override
  public Secret secret(String clientId) {
    Call call = call();
    return secret(call, send(call, "GET", existing(call, clientId), SECRET, null));
  }

  @Override
  public Secret regenerate(String clientId) {
    Call call = call();
    IssuerClient client = existing(call, clientId);
    JsonValue secret = send(call, "POST", client, SECRET, null);
    withdrawRotated(call, client);
    return secret(call, secret);
  }

  @Override
  public Secret onlySecret(String clientId) {
    Call call = call();
    IssuerClient client = existing(call, clientId);
    withdrawRotated(call, client);
    return secret(call, send(call, "GET", client, SECRET, null));
  }

  /** Only the secret is sent, so that nothing else changes, whatever was changed meanwhile. */
  @Override
  public Instant restore(String clientId, String secret) {
    Call call = call();
    IssuerClient client = existing(call, clientId);
    JsonObject fields = Json.createObjectBuilder().add("secret", secret).build();
    send(call, "PUT", client, "", fields);
    withdrawRotated(call, client);
    return call.issuerTime();
  }

  @Override
  public void delete(String clientId) {
    Call call = call();
    Optional<IssuerClient> there = find(call, clientId);
    if (there.isPresent()) {
      Answer answer = call.admin("DELETE", path(there.get()), null);
      if (answer.status() != 404) {
        answer.orThrow();
      }
    }
  }

  @Override
  public URI tokenUrl() {
    return access.tokenUrl();
  }

  /** Writes to the log whether Keycloak lets us in and devices get tokens that we accept. */
  public void tryOut() {
    String address = " address=" + access.base();
    try {
      find(AudienceRule.DEVICE_PREFIX);
      LOG.log(Level.INFO, "Keycloak lets us in" + address);
      DeviceTokenCheck tokens = new DeviceTokenCheck(openId.issuer(), openId.audience());
      deviceToken(call()).flatMap(tokens::fault).ifPresent(fault -> LOG.log(Level.WARNING, fault));
    } catch (Problem notYet) {
      LOG.log(Level.WARNING, notYet.sentence() + address + " cause=" + ProblemLog.root(notYet));
    }
  }

  /** Whether Keycloak gives us a token right now, as the client that manages the devices' ones. */
  public boolean answers() {
    try {
      call().issuerTime();
      return true;
    } catch (Problem failure) {
      return false;
    }
  }

  private Call call() {
    return keycloak.call(limits.get());
  }

  private Optional<IssuerClient> find(Call call, String clientId) {
    return clients(call, "clientId=" + encoded(clientId)).stream()
        .filter(found -> clientId.equals(text(found, "clientId")))
        .map(found -> client(clientId, text(found, "id")))
        .findFirst();
  }

  private IssuerClient existing(Call call, String clientId) {
    return find(call, clientId).orElseThrow(() -> missing(clientId));
  }

  private static JsonArray clients(Call call, String query) {
    if (call.admin("GET", CLIENTS + "?" + query, null).orThrow() instanceof JsonArray clients) {
      return clients;
    }
    throw refused("Keycloak answered without a list of clients");
  }

  /** An access token as one of the devices gets it; none while there is no device. */
  private Optional<String> deviceToken(Call call) {
    return clients(call, "search=true&max=1&clientId=" + AudienceRule.DEVICE_PREFIX).stream()
        .map(found -> client(text(found, "clientId"), text(found, "id")))
        .filter(found -> AudienceRule.isDevice(found.clientId()))
        .map(
            found -> {
              String secret = text(send(call, "GET", found, SECRET, null), "value");
              return text(call.token(found.clientId(), secret), "access_token");
            })
        .findFirst();
  }

  /**
   * A policy of the realm may leave the secret before good for days, and a token does not show with
   * which of the two it was obtained. A Keycloak that does not know of it refuses, and leaves none.
   */
  private static void withdrawRotated(Call call, IssuerClient client) {
    Answer answer = call.admin("DELETE", path(client) + SECRET + "/rotated", null);
    if (!WITHOUT_ROTATED.contains(answer.status())) {
      answer.orThrow();
    }
  }

  private static JsonValue send(
      Call call, String method, IssuerClient client, String part, @Nullable JsonObject content) {
    Answer answer = call.admin(method, path(client) + part, content);
    if (answer.status() == 404) {
      throw missing(client.clientId());
    }
    return answer.orThrow();
  }

  private static String path(IssuerClient client) {
    return CLIENTS + "/" + encoded(String.valueOf(client.uuid()));
  }

  private IssuerClient client(String clientId, String uuid) {
    return new IssuerClient(clientId, uuid, access.consoleUrl(uuid));
  }

  private static Secret secret(Call call, JsonValue answer) {
    return new Secret(text(answer, "value"), call.issuerTime());
  }

  private JsonObject device(String clientId, String uuid) {
    JsonObjectBuilder device = Json.createObjectBuilder(DEVICE);
    String audience = openId.audience().audience();
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
      throw refused("Keycloak answered without a " + name);
    }
    return text;
  }

  private static Problem missing(String clientId) {
    return Problem.notFound("Client " + clientId);
  }
}
