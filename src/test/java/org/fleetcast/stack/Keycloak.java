package org.fleetcast.stack;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One Keycloak in development mode on free ports of the loopback, for https with a certificate of
 * an authority of its own and for http, from the distribution that the build unpacks below {@code
 * target/keycloak}, with the realm {@value #REALM}: a client that may manage clients, a client
 * {@value #WEB_CLIENT} for people, and the users {@code viewer} and {@code editor}, of whom the
 * second has the realm's role {@code editor}.
 *
 * <p>It runs in a copy of its own, since its first start builds the server there, which takes most
 * of a minute. Its data outlive {@link #stop()}, and go with {@link #close()}.
 */
public final class Keycloak implements Part {
  /** The realm of devices and people. */
  public static final String REALM = "iot";

  /** The client by which people log in; it takes passwords too. */
  public static final String WEB_CLIENT = "fleetcast";

  /** The client whose service account may manage the realm's clients, and nothing else. */
  public static final String ADMIN_CLIENT = "fleetcast-admin";

  /** What the tokens of people name as their audience. */
  public static final String AUDIENCE = "https://fleet.example.org/";

  private static final String PROFILES =
      """
      {"profiles":[{"name":"rotating","executors":[{"executor":"secret-rotation","configuration":{
        "expiration-period":2592000,"rotated-expiration-period":172800,
        "remaining-rotation-period":864000}}]}]}
      """;
  private static final String POLICIES =
      """
      {"policies":[{"name":"rotating","enabled":true,"profiles":["rotating"],"conditions":[{
        "condition":"client-access-type","configuration":{"type":["confidential"]}}]}]}
      """;

  private static final Path UNPACKED = Path.of("target", "keycloak");
  private static final Duration START_LIMIT = Duration.ofMinutes(8);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(90);
  private static final String CERTIFICATE = "keycloak";
  private static final String FORM = "application/x-www-form-urlencoded";

  private final Progress progress;
  private final int port = Ports.free();
  private final int tlsPort = Ports.free();
  private final Path folder = Folders.temporary("keycloak");
  private final Certificates certificates = Certificates.in(folder);
  private final String adminSecret = UUID.randomUUID().toString();
  private final String webSecret = UUID.randomUUID().toString();
  private final String password = UUID.randomUUID().toString();
  private @Nullable Child child;

  private Keycloak(Progress progress) {
    this.progress = progress;
    AtExit.closes(this);
    certificates.issueRsa(CERTIFICATE);
    Folders.copy(unpacked(), home());
    writeRealm();
  }

  /** Starts a new one with the realm as it is written, and waits until it answers. */
  public static Keycloak started(Progress progress) {
    Keycloak keycloak = new Keycloak(progress);
    keycloak.start();
    return keycloak;
  }

  /** The one of this JVM, started by the first that asks; who stops it starts it again. */
  public static Keycloak shared() {
    return Started.SHARED;
  }

  /** The same one, which may not be started yet: who has to know its addresses before. */
  public static Keycloak sharedSoon() {
    return Prepared.SHARED;
  }

  private static final class Prepared {
    private static final Keycloak SHARED = new Keycloak(Progress.silent());
  }

  private static final class Started {
    private static final Keycloak SHARED = sharedSoon();

    static {
      SHARED.start();
    }
  }

  /** Where it answers over TLS; the same after each start, and what all its tokens name. */
  public URI uri() {
    return URI.create("https://localhost:" + tlsPort);
  }

  /** Where it answers without TLS. */
  public URI plainUri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** The PEM file with the authority of its certificate. */
  public Path caFile() {
    return certificates.file("ca.pem");
  }

  /** The realm's address, which is the issuer of its tokens. */
  public URI issuer() {
    return uri().resolve("/realms/" + REALM);
  }

  /** Where the realm's clients and people get tokens. */
  public URI tokenUrl() {
    return URI.create(issuer() + "/protocol/openid-connect/token");
  }

  /** The secret of {@link #ADMIN_CLIENT}. */
  public String adminSecret() {
    return adminSecret;
  }

  /** The secret of {@link #WEB_CLIENT}. */
  public String webSecret() {
    return webSecret;
  }

  /** The password of both users. */
  public String password() {
    return password;
  }

  /** Its admin API below {@code /admin/realms/iot}, asked as {@link #ADMIN_CLIENT}. */
  public Api admin() {
    return Api.at(uri()).withBearer(clientToken(ADMIN_CLIENT, adminSecret));
  }

  /**
   * Whether a policy of the realm keeps the secret before good for two days when a client gets a
   * new one; at first there is none.
   */
  public void keepsRotatedSecrets(boolean keeps) {
    Api realm = Api.at(uri()).withBearer(clientToken("realm-admin", adminSecret));
    write(realm, "profiles", PROFILES);
    write(realm, "policies", keeps ? POLICIES : "{\"policies\":[]}");
  }

  private static void write(Api realm, String kind, String json) {
    String path = "/admin/realms/" + REALM + "/client-policies/" + kind;
    Api.Answer answer = realm.send("PUT", path, "application/json", json);
    if (answer.status() != 204) {
      throw new IllegalStateException("Keycloak refused " + kind + ": " + answer.body());
    }
  }

  /** An access token for a client by its secret. */
  public String clientToken(String clientId, String secret) {
    return accessToken(askForClient(clientId, secret));
  }

  /** What a client gets for that secret, be it a token or a refusal. */
  public Api.Answer askForClient(String clientId, String secret) {
    return ask(
        Map.of("grant_type", "client_credentials", "client_id", clientId, "client_secret", secret));
  }

  /** An access token for {@code viewer} or {@code editor} through {@link #WEB_CLIENT}. */
  public String userToken(String user, String scope) {
    return accessToken(asked(user, scope));
  }

  private Api.Answer asked(String user, String scope) {
    return ask(
        Map.of(
            "grant_type", "password",
            "client_id", WEB_CLIENT,
            "client_secret", webSecret,
            "username", user,
            "password", password,
            "scope", scope));
  }

  /** An ID token for {@code viewer} or {@code editor}, as {@link #WEB_CLIENT} gets it. */
  public String idToken(String user) {
    return granted(asked(user, "openid")).getString("id_token");
  }

  /** An access token for {@code viewer} or {@code editor} that is good for a second. */
  public String briefToken(String user) {
    Api admin = admin();
    String clients = "/admin/realms/" + REALM + "/clients";
    String list = admin.get(clients + "?clientId=" + WEB_CLIENT).body();
    try (JsonReader reader = Json.createReader(new StringReader(list))) {
      JsonObject client = reader.readArray().getJsonObject(0);
      String path = clients + "/" + client.getString("id");
      admin.put(path, withLifespan(client, "1"));
      String token = userToken(user, "openid");
      admin.put(path, withLifespan(client, ""));
      return token;
    }
  }

  private static JsonObject withLifespan(JsonObject client, String seconds) {
    JsonObject attributes =
        Json.createObjectBuilder(client.getJsonObject("attributes"))
            .add("access.token.lifespan", seconds)
            .build();
    return Json.createObjectBuilder(client).add("attributes", attributes).build();
  }

  private Api.Answer ask(Map<String, String> fields) {
    String form =
        fields.entrySet().stream()
            .map(field -> field.getKey() + "=" + encoded(field.getValue()))
            .collect(Collectors.joining("&"));
    return Api.at(uri()).send("POST", tokenUrl().getPath(), FORM, form);
  }

  private static String accessToken(Api.Answer answer) {
    return granted(answer).getString("access_token");
  }

  private static JsonObject granted(Api.Answer answer) {
    if (answer.status() != 200) {
      throw new IllegalStateException("Keycloak refused a token: " + answer.status());
    }
    return answer.json();
  }

  /** Starts it again on its data, and waits until it answers. */
  public void start() {
    Child started = launch();
    Wait.until(
        "Keycloak",
        started,
        "Failed to start server",
        START_LIMIT,
        progress,
        () -> Http.answers(issuer()));
  }

  /** Ends it in order, keeping its data; killed, its embedded database would lose the newest. */
  public void stop() {
    running().ifPresent(running -> running.terminate(STOP_LIMIT));
  }

  /** Freezes it: connections stay open and nothing is answered. */
  public void suspend() {
    running().ifPresent(Child::suspend);
  }

  /** Lets it go on after {@link #suspend()}. */
  public void resume() {
    running().ifPresent(Child::resume);
  }

  @Override
  public void close() {
    running().ifPresent(Child::kill);
    Folders.delete(folder);
    AtExit.forgets(this);
  }

  private synchronized Child launch() {
    List<String> command =
        List.of(
            home().resolve("bin/kc.sh").toString(),
            "start-dev",
            "--import-realm",
            "--features=client-secret-rotation",
            "--http-host=127.0.0.1",
            "--http-port=" + port,
            "--https-port=" + tlsPort,
            "--https-certificate-file=" + certificates.file(CERTIFICATE + ".pem"),
            "--https-certificate-key-file=" + certificates.file(CERTIFICATE + ".key"),
            "--hostname=" + uri());
    Map<String, String> variables =
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            "JAVA_OPTS_KC_HEAP",
            "-Xms128m -Xmx512m",
            "JAVA_OPTS_APPEND",
            Fleetcast.QUICK_TO_START);
    Child started = Child.start(command, variables, folder.resolve("output.log"));
    child = started;
    return started;
  }

  private synchronized Optional<Child> running() {
    return Optional.ofNullable(child);
  }

  private Path home() {
    return folder.resolve("home");
  }

  private void writeRealm() {
    Path imports = Folders.create(home().resolve("data").resolve("import"));
    try (InputStream in = Keycloak.class.getResourceAsStream("/keycloak-realm.json")) {
      String realm =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .replace("${ADMIN_SECRET}", adminSecret)
              .replace("${WEB_SECRET}", webSecret)
              .replace("${PASSWORD}", password);
      Files.writeString(imports.resolve("iot-realm.json"), realm);
    } catch (IOException refused) {
      throw new UncheckedIOException("Keycloak could not be configured", refused);
    }
  }

  private static Path unpacked() {
    try (Stream<Path> found = Files.list(UNPACKED)) {
      return found
          .filter(path -> Files.isExecutable(path.resolve("bin/kc.sh")))
          .findFirst()
          .orElseThrow(Keycloak::missing)
          .toAbsolutePath();
    } catch (IOException notThere) {
      throw missing();
    }
  }

  private static IllegalStateException missing() {
    return new IllegalStateException(
        "Keycloak is not unpacked yet: run mvn dependency:unpack@keycloak");
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
