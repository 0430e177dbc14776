package org.fleetcast.identity.local;

import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.identity.IssuerClient;
import org.fleetcast.identity.PublicUrl;
import org.fleetcast.identity.Secret;
import org.fleetcast.identity.SecretBox;
import org.fleetcast.identity.local.IssuerStore.StoredClient;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.problem.Setting;

/**
 * The clients of the local issuer, in the database. Their secrets are encrypted, not hashed: a
 * device is told its secret when it is provisioned.
 */
@Singleton
@Typed(LocalClients.class)
public class LocalClients implements CredentialIssuer {
  private static final int SECRET_BYTES = 32;

  /**
   * What a client can be called; strangers ask for others too, and no database is asked for those.
   */
  private static final Pattern CLIENT_ID = Pattern.compile("[A-Za-z0-9._-]{1,255}");

  private final SecureRandom random = new SecureRandom();
  private final IssuerStore store;
  private final SecretBox box;
  private final URI tokenUrl;
  private final Clock clock;

  @Inject
  LocalClients(
      IssuerStore store,
      SecretBox box,
      PublicUrl site,
      @ConfigProperty(name = "device.baseurl") Optional<String> deviceBase) {
    this(store, box, deviceBase.orElse(site.base().toString()), Clock.systemUTC());
  }

  LocalClients(IssuerStore store, SecretBox box, String base, Clock clock) {
    this.store = store;
    this.box = box;
    this.tokenUrl = tokenUrl(base);
    this.clock = clock;
  }

  @Override
  public IssuerClient create(String clientId) {
    StoredClient client =
        new StoredClient(
            clientId, UUID.randomUUID().toString(), box.seal(newSecret(), purpose(clientId)));
    if (!store.addClient(client, clock.instant())) {
      throw Problem.of(ProblemCode.RECORD_EXISTS, "Client " + clientId + " exists already");
    }
    return shown(client);
  }

  @Override
  public Optional<IssuerClient> find(String clientId) {
    return store.client(clientId).map(LocalClients::shown);
  }

  @Override
  public Secret secret(String clientId) {
    return store
        .client(clientId)
        .map(client -> new Secret(open(client), clock.instant()))
        .orElseThrow(() -> missing(clientId));
  }

  @Override
  public Secret regenerate(String clientId) {
    String fresh = newSecret();
    return new Secret(fresh, restore(clientId, fresh));
  }

  @Override
  public Secret onlySecret(String clientId) {
    return secret(clientId);
  }

  @Override
  public Instant restore(String clientId, String secret) {
    if (!store.changeSecret(clientId, box.seal(secret, purpose(clientId)))) {
      throw missing(clientId);
    }
    return clock.instant();
  }

  @Override
  public void delete(String clientId) {
    store.removeClient(clientId);
  }

  @Override
  public URI tokenUrl() {
    return tokenUrl;
  }

  /** Whether that is the client's secret; takes as long for a client that is not there. */
  boolean knows(String clientId, String secret) {
    if (!CLIENT_ID.matcher(clientId).matches()) {
      return false;
    }
    Optional<String> own = store.client(clientId).map(this::open);
    return MessageDigest.isEqual(bytes(own.orElse(newSecret())), bytes(secret)) && own.isPresent();
  }

  private String open(StoredClient client) {
    return box.open(client.sealedSecret(), purpose(client.clientId()))
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "SECRET_KEY does not open the secret of client " + client.clientId()));
  }

  private String newSecret() {
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static IssuerClient shown(StoredClient client) {
    return new IssuerClient(client.clientId(), client.uuid(), null);
  }

  private static Problem missing(String clientId) {
    return Problem.notFound("Client " + clientId);
  }

  static String purpose(String clientId) {
    return "client secret " + clientId;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static URI tokenUrl(String base) {
    try {
      return URI.create(PublicUrl.withoutSlash(base) + "/api/auth/token");
    } catch (IllegalArgumentException malformed) {
      throw Setting.bad("DEVICE_BASEURL must be the address of this service as devices reach it");
    }
  }
}
