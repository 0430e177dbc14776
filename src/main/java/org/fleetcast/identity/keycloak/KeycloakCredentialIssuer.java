package org.fleetcast.identity.keycloak;

import static org.fleetcast.identity.keycloak.KeycloakConnection.encoded;

import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.text.ParseException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.fleetcast.identity.AudienceRule;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.identity.IssuerClient;
import org.fleetcast.identity.OpenIdSettings;
import org.fleetcast.identity.PublicUrl;
import org.fleetcast.identity.Secret;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.ProblemLog;
import org.jspecify.annotations.Nullable;

/** The clients of devices in a realm of Keycloak. */
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

  private final KeycloakAccess access;
  private final KeycloakConnection keycloak;
  private final @Nullable String audience;

  @Inject
  KeycloakCredentialIssuer(
      KeycloakAccess access, KeycloakConnection keycloak, OpenIdSettings openId) {
    this.access = access;
    this.keycloak = keycloak;
    this.audience = openId.audience().audience();
  }

  @Override
  public IssuerClient create(String clientId) {
    // Its id is chosen by us: so we know our own again when a try was done whose answer was lost.
    IssuerClient ours = client(clientId, UUID.randomUUID().toString());
    return keycloak
        .call(
            () -> {
              // Also finds out whether Keycloak hangs before there is anything to undo.
              if (named(clientId).isEmpty()) {
                keycloak.admin("POST", CLIENTS, device(ours), 409);
              }
              return named(clientId);
            })
        .filter(ours::equals)
        .orElseThrow(
            () -> Problem.of(ProblemCode.RECORD_EXISTS, "Client " + clientId + " exists already"));
  }

  @Override
  public Optional<IssuerClient> find(String clientId) {
    return keycloak.call(() -> named(clientId));
  }

  @Override
  public Secret secret(String clientId) {
    return keycloak.call(() -> secretAt(path(clientId)));
  }

  @Override
  public Secret regenerate(String clientId) {
    return keycloak.call(
        () -> {
          String path = path(clientId);
          keycloak.admin("POST", path + SECRET, "");
          return onlySecretAt(path);
        });
  }

  @Override
  public Secret onlySecret(String clientId) {
    return keycloak.call(() -> onlySecretAt(path(clientId)));
  }

  /** Only the secret is sent, so that nothing else changes, whatever was changed meanwhile. */
  @Override
  public Instant restore(String clientId, String secret) {
    JsonObject change = Json.createObjectBuilder().add("secret", secret).build();
    return keycloak.call(
        () -> {
          String path = path(clientId);
          keycloak.admin("PUT", path, change.toString());
          return onlySecretAt(path).asOf();
        });
  }

  @Override
  public void delete(String clientId) {
    keycloak.call(
        () -> named(clientId).map(found -> keycloak.admin("DELETE", path(found), "", 404)));
  }

  @Override
  public URI tokenUrl() {
    return keycloak.tokenUrl();
  }

  /** Writes to the log whether Keycloak lets us in, and gives tokens that are taken here. */
  public void tryOut() {
    String address = " address=" + access.base();
    try {
      find(AudienceRule.DEVICE_PREFIX);
      LOG.log(Level.INFO, "Keycloak lets us in" + address);
      String issuer = String.valueOf(keycloak.call(keycloak::claims).getIssuer());
      if (!PublicUrl.withoutSlash(access.issuer().toString()).equals(issuer)) {
        LOG.log(
            Level.WARNING, "Devices are refused: OIDC_ISSUER_URL is not their issuer=" + issuer);
      }
    } catch (Problem notYet) {
      LOG.log(Level.WARNING, notYet.sentence() + address + " cause=" + ProblemLog.root(notYet));
    }
  }

  /** Whether Keycloak gives us a token right now, as the client that manages the devices' ones. */
  public boolean answers() {
    try {
      keycloak.call(keycloak::claims);
      return true;
    } catch (Problem failure) {
      return false;
    }
  }

  private Optional<IssuerClient> named(String clientId) {
    String query = CLIENTS + "?clientId=" + encoded(clientId);
    return keycloak.admin("GET", query, "").asJsonArray().getValuesAs(JsonObject.class).stream()
        .filter(found -> found.getString("clientId").equals(clientId))
        .map(found -> client(clientId, found.getString("id")))
        .findFirst();
  }

  private String path(String clientId) {
    return path(named(clientId).orElseThrow(() -> Problem.notFound("Client " + clientId)));
  }

  private static String path(IssuerClient client) {
    return CLIENTS + "/" + client.uuid();
  }

  /**
   * Dated by the token that Keycloak gives us next, whose {@code iat} is of the very clock that a
   * device's tokens are dated by. It sends no {@code Date} (tried with 26.7.3); a proxy's would be
   * another clock's.
   */
  private Secret secretAt(String path) throws ParseException {
    JsonObject secret = keycloak.admin("GET", path + SECRET, "").asJsonObject();
    return new Secret(secret.getString("value"), keycloak.claims().getIssueTime().toInstant());
  }

  /**
   * A policy of the realm may leave the secret before good for days, and a token does not show with
   * which of the two it was obtained. A Keycloak that does not know of it refuses, and leaves none.
   */
  private Secret onlySecretAt(String path) throws ParseException {
    keycloak.admin("DELETE", path + SECRET + "/rotated", "", 400, 404, 405);
    return secretAt(path);
  }

  private IssuerClient client(String clientId, String uuid) {
    String console = access.base() + "/admin/master/console/#/" + access.realm() + CLIENTS;
    return new IssuerClient(clientId, uuid, console + "/" + uuid + "/settings");
  }

  private String device(IssuerClient client) {
    JsonObjectBuilder device = Json.createObjectBuilder(DEVICE).add("clientId", client.clientId());
    if (audience != null) {
      device.add("protocolMappers", Json.createArrayBuilder(List.of(audienceMapper(audience))));
    }
    return device.add("id", String.valueOf(client.uuid())).build().toString();
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
}
