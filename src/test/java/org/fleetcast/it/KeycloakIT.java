package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.fleetcast.it.Refusals.refused;
import static org.fleetcast.it.Registry.fields;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fleetcast.AccessTable.Caller;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Keycloak;
import org.fleetcast.stack.Together;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server whose people and devices have their credentials from a Keycloak, over TLS. */
@SuppressWarnings("NullAway.Init")
class KeycloakIT {
  private static final String CLIENTS = "/admin/realms/" + Keycloak.REALM + "/clients";

  /** What a request may take when Keycloak does not answer: 2.4 seconds, and a busy machine's. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String UNRESTORED = "fleetcast_rotation_unrestored_secrets";
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final String INTERNAL = Operator.unique("internal");

  private static Keycloak keycloak;
  private static Fleetcast server;

  /** Where the server reaches Keycloak. */
  private static URI reached;

  @BeforeAll
  static void start() {
    keycloak = Keycloak.sharedSoon();
    reached = keycloak.uri();
    server =
        Fleetcast.prepared()
            .without("FLEETCAST_LOCAL_LOGIN")
            .with("OIDC_ISSUER_URL", keycloak.issuer().toString())
            .with("OIDC_CA_FILE", keycloak.caFile().toString())
            .with("OIDC_CLIENT_ID", Keycloak.WEB_CLIENT)
            .with("OIDC_AUDIENCE", Keycloak.AUDIENCE)
            .with("KEYCLOAK_BASE_URL", reached + "/")
            .with("KEYCLOAK_REALM", Keycloak.REALM)
            .with("KEYCLOAK_ADMIN_CLIENT_ID", Keycloak.ADMIN_CLIENT)
            .with("KEYCLOAK_ADMIN_CLIENT_SECRET", keycloak.adminSecret())
            .with("INTERNAL_API_TOKEN", INTERNAL)
            .with("OIDC_CLOCK_SKEW_SECONDS", "1")
            .with("ROTATION_TIMEOUT_SECONDS", "3");
    Together.run(Keycloak::shared, server::start);
    await().atMost(SOON).until(() -> editor().get("/api/devices").status() == 200);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** Here for the sake of the Keycloak, whose start is what takes long. */
  @Nested
  class SignIn extends KeycloakSignIn {}

  /** Likewise. */
  @Nested
  class AtATerminal extends KeycloakTerminal {}

  /** Where the server is. */
  static URI address() {
    return server.uri();
  }

  @Test
  void people_read_and_write_as_their_roles_in_the_realm_say() {
    JsonObject model = fields().add("code", Registry.code()).add("name", "x").build();
    Api viewer = as("viewer", "openid");
    refused(
        viewer.post("/api/device-models", model),
        403,
        "AUTHORIZATION_FAILED",
        "You are not allowed to do this");
    assertThat(viewer.get("/api/device-models").status()).isEqualTo(200);
    assertThat(viewer.get("/api/auth/self").json().getString("email"))
        .isEqualTo("viewer@example.org");

    assertThat(as("editor", "openid").post("/api/device-models", model).status()).isEqualTo(201);
    JsonObject self = as("editor", "openid microprofile-jwt").get("/api/auth/self").json();
    assertThat(self.getJsonArray("roles")).contains(Json.createValue("editor"));
  }

  @Test
  void a_new_device_has_a_client_in_keycloak_that_can_do_nothing_but_get_a_token_for_itself() {
    JsonObject device = newDevice();
    JsonObject client = only(clients(device.getString("client_id")));

    assertThat(client.getBoolean("serviceAccountsEnabled")).isTrue();
    for (String off :
        List.of(
            "publicClient",
            "standardFlowEnabled",
            "implicitFlowEnabled",
            "directAccessGrantsEnabled",
            "fullScopeAllowed")) {
      assertThat(client.getBoolean(off)).as(off).isFalse();
    }
    assertThat(client.getJsonArray("optionalClientScopes")).isEmpty();
    String uuid = client.getString("id");
    assertThat(editor().get(path(device) + "/keycloak-status").json())
        .isEqualTo(
            fields()
                .add("client_id", device.getString("client_id"))
                .add(
                    "console_url",
                    reached + "/admin/master/console/#/iot/clients/" + uuid + "/settings")
                .add("exists", true)
                .add("keycloak_uuid", uuid)
                .build());
    assertThat(editor().post(path(device) + "/keycloak-sync").json().getString("keycloak_uuid"))
        .isEqualTo(uuid);
  }

  @Test
  void a_device_gets_a_token_where_it_is_told_to_and_is_a_device_with_it() {
    // With an audience set, its client adds that to its tokens; without, its name is enough.
    JsonObject told = editor().get(path(newDevice()) + "/provisioning").json();
    URI tokenUrl = reached.resolve(keycloak.tokenUrl().getPath());
    assertThat(told.getString("token_url")).isEqualTo(tokenUrl.toString());

    Api device = holder(told);
    for (String path : List.of("/api/devices", "/api/auth/self", "/api/device-models")) {
      refused(device.get(path), 403, "AUTHORIZATION_FAILED", "You are not allowed to do this");
    }
    assertThat(Api.at(server.uri()).withBearer("no.token.atall").get("/api/devices").status())
        .isEqualTo(401);
  }

  @Test
  void every_endpoint_lets_in_whom_the_table_in_the_documents_names() {
    String editor = keycloak.userToken("editor", "openid");
    String expired = keycloak.briefToken("editor");
    Map<Caller, String> tokens = new EnumMap<>(Caller.class);
    tokens.put(Caller.EXPIRED_TOKEN, expired);
    tokens.put(Caller.ANONYMOUS, "");
    tokens.put(Caller.VIEWER, keycloak.userToken("viewer", "openid"));
    tokens.put(Caller.EDITOR, editor);
    tokens.put(Caller.DEVICE, deviceToken());
    tokens.put(Caller.ANOTHER_DEVICE, deviceToken());
    tokens.put(Caller.INTERNAL_TOKEN, INTERNAL);
    tokens.put(Caller.ID_TOKEN, keycloak.idToken("editor"));
    tokens.put(
        Caller.TOKEN_OF_ANOTHER_CLIENT,
        keycloak.clientToken(Keycloak.ADMIN_CLIENT, keycloak.adminSecret()));
    tokens.put(Caller.FORGED_TOKEN, EveryCaller.forged(editor));
    Api late = Api.at(server.uri()).withBearer(expired);
    await().atMost(SOON).until(() -> late.get("/api/auth/self").status() == 401);
    try {
      new EveryCaller(server.uri()).call(tokens);
    } finally {
      deleteAll(); // one of the calls was to rotate them all
    }
  }

  private static void deleteAll() {
    editor().get("/api/devices").json().getJsonArray("devices").stream()
        .map(device -> path(device.asJsonObject()))
        .forEach(device -> assertThat(editor().delete(device).status()).isEqualTo(204));
  }

  @Test
  void a_deleted_device_loses_its_client() {
    JsonObject device = newDevice();
    JsonObject told = editor().get(path(device) + "/provisioning").json();

    assertThat(editor().delete(path(device)).status()).isEqualTo(204);

    assertThat(clients(device.getString("client_id"))).isEmpty();
    assertThat(
            keycloak
                .askForClient(told.getString("client_id"), told.getString("client_secret"))
                .status())
        .isEqualTo(401);
  }

  @Test
  void a_client_that_is_gone_is_made_again_by_synchronizing() {
    JsonObject device = newDevice();
    String clientId = device.getString("client_id");
    String before = only(clients(clientId)).getString("id");
    assertThat(keycloak.admin().delete(CLIENTS + "/" + before).status()).isEqualTo(204);

    assertThat(editor().get(path(device) + "/keycloak-status").json().getBoolean("exists"))
        .isFalse();
    refused(
        editor().get(path(device) + "/provisioning"),
        404,
        "RECORD_NOT_FOUND",
        "Client " + clientId + " was not found");
    JsonObject status = editor().post(path(device) + "/keycloak-sync").json();

    assertThat(status.getBoolean("exists")).isTrue();
    assertThat(only(clients(clientId)).getString("id"))
        .isEqualTo(status.getString("keycloak_uuid"))
        .isNotEqualTo(before);
    assertThat(editor().delete(path(device)).status()).isEqualTo(204);
  }

  @Test
  void a_device_whose_client_is_gone_can_be_deleted() {
    JsonObject device = newDevice();
    String uuid = only(clients(device.getString("client_id"))).getString("id");
    keycloak.admin().delete(CLIENTS + "/" + uuid);

    assertThat(editor().delete(path(device)).status()).isEqualTo(204);
  }

  @Tag("long")
  @Test
  void while_keycloak_hangs_nothing_is_half_done() {
    JsonObject device = newDevice();
    Registry registry = new Registry(editor());
    int model = registry.newModel();
    Set<String> before = deviceClients();

    keycloak.suspend();
    try {
      unanswered(() -> registry.create(model, "{}"));
      unanswered(() -> registry.api().delete(path(device)));
      unanswered(() -> registry.api().get(path(device) + "/provisioning"));
      unanswered(() -> registry.api().post(path(device) + "/keycloak-sync"));
    } finally {
      keycloak.resume();
    }

    await().atMost(SOON).untilAsserted(() -> assertThat(deviceClients()).isEqualTo(before));
    assertThat(registeredClients()).isEqualTo(before);
    assertThat(registry.create(model, "{}").status()).isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_rotation_makes_a_new_secret_in_keycloak_and_a_timeout_writes_the_old_one_back(
      boolean keepsRotated) {
    keycloak.keepsRotatedSecrets(keepsRotated);
    try {
      oneSecretIsGoodAtATime();
    } finally {
      keycloak.keepsRotatedSecrets(false);
    }
  }

  private static void oneSecretIsGoodAtATime() {
    JsonObject device = newDevice();
    JsonObject told = editor().get(path(device) + "/provisioning").json();
    String clientId = told.getString("client_id");
    String old = told.getString("client_secret");

    Api before = holder(told);
    String late = newSecret(device, before);
    assertThat(late).isNotEqualTo(old);
    // Whoever never got the answer has no way to a token that would be taken for a confirmation.
    assertThat(isGood(clientId, old)).isFalse();
    assertThat(before.get("/api/iot/config").status()).isEqualTo(200);
    assertThat(state(device)).isEqualTo("PENDING");
    assertThat(isGood(clientId, late)).isTrue();
    await().atMost(SOON).until(() -> cycle().getInt("processed_timeouts", 0) == 1);
    assertThat(isGood(clientId, old)).isTrue();
    assertThat(isGood(clientId, late)).isFalse();

    String fresh = newSecret(device, holder(told));
    Api proof = Api.at(server.uri()).withBearer(keycloak.clientToken(clientId, fresh));
    assertThat(proof.get("/api/iot/config").body()).isEqualTo("{}");
    assertThat(state(device)).isEqualTo("OK");
    assertThat(isGood(clientId, old)).isFalse();
    assertThat(isGood(clientId, fresh)).isTrue();
  }

  @Tag("long")
  @Test
  void a_timeout_while_keycloak_hangs_waits_for_the_next_cycle() {
    JsonObject device = newDevice();
    JsonObject told = editor().get(path(device) + "/provisioning").json();
    String late = newSecret(device, holder(told));
    Instant start = Instant.now();
    String failed =
        "The old secret of device "
            + device.getString("key")
            + " could not be written back, the next cycle tries again: Keycloak does not answer"
            + " right now";

    keycloak.suspend();
    try {
      await().atMost(SOON).until(() -> start.plusSeconds(4).isBefore(Instant.now()));
      double errors = runsWithErrors();
      refused(
          Api.at(server.uri()).withBearer(INTERNAL).post("/internal/rotation-job"),
          502,
          "EXTERNAL_SERVICE_ERROR",
          failed);
      assertThat(runsWithErrors()).isEqualTo(errors + 1);
      assertThat(metric(UNRESTORED, "")).isEqualTo(1);
    } finally {
      keycloak.resume();
    }

    await().atMost(SOON).until(() -> audited().contains(failed));
    assertThat(state(device)).isEqualTo("PENDING");
    await().atMost(SOON).until(() -> cycle().getInt("processed_timeouts", 0) == 1);
    assertThat(metric(UNRESTORED, "")).isZero();
    assertThat(isGood(told.getString("client_id"), told.getString("client_secret"))).isTrue();
    assertThat(isGood(told.getString("client_id"), late)).isFalse();
    assertThat(editor().delete(path(device)).status()).isEqualTo(204);
  }

  @Tag("long")
  @Test
  void the_metrics_say_that_provider_and_keycloak_are_there_and_let_us_in() {
    await().atMost(SOON).until(() -> metric("fleetcast_openid_provider_up", "") == 1);
    await().atMost(SOON).until(() -> metric("fleetcast_keycloak_up", "") == 1);
  }

  /** Why runs of the job failed, as the audit says. */
  private static List<String> audited() {
    return editor()
        .get("/api/audit")
        .json()
        .getJsonArray("entries")
        .getValuesAs(JsonObject.class)
        .stream()
        .filter(entry -> entry.getString("action").equals("rotation_job"))
        .filter(entry -> entry.getString("outcome").equals("failed"))
        .map(entry -> entry.getString("detail"))
        .toList();
  }

  private static double runsWithErrors() {
    return metric("iot_rotation_job_runs_total", "result=\"error\"");
  }

  private static double metric(String name, String label) {
    return Api.at(server.uri())
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name) && line.contains(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .findFirst()
        .orElseThrow();
  }

  /** Makes it the device's turn, and lets it fetch its new secret. */
  private static String newSecret(JsonObject device, Api holder) {
    assertThat(editor().post(path(device) + "/rotate").status()).isEqualTo(200);
    assertThat(state(device)).isEqualTo("PENDING");
    Api.Answer answer = answered(() -> holder.get("/api/iot/provisioning"));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(holder.get("/api/iot/provisioning").body()).isEqualTo(answer.body());
    return answer.json().getString("client_secret");
  }

  private static JsonObject cycle() {
    return Api.at(server.uri()).withBearer(INTERNAL).post("/internal/rotation-job").json();
  }

  private static String state(JsonObject device) {
    return editor().get(path(device)).json().getString("rotation_state");
  }

  private static boolean isGood(String clientId, String secret) {
    return keycloak.askForClient(clientId, secret).status() == 200;
  }

  @Test
  void many_calls_at_once_do_not_wait_for_one_another() {
    String path = path(newDevice()) + "/provisioning";
    Api api = editor();
    List<Integer> answers =
        IntStream.range(0, 20).parallel().map(each -> api.get(path).status()).boxed().toList();
    assertThat(answers).containsOnly(200);
  }

  @Tag("long")
  @Test
  void without_keycloak_the_server_starts_and_nothing_is_half_done() {
    JsonObject device = newDevice();
    Registry registry = new Registry(editor());
    int model = registry.newModel();
    Set<String> before = deviceClients();

    keycloak.stop();
    unanswered(() -> registry.create(model, "{}"));
    unanswered(() -> registry.api().delete(path(device)));
    // And reached from inside by another name, without TLS, as the documents allow.
    reached = keycloak.plainUri();
    server.without("OIDC_AUDIENCE").with("KEYCLOAK_BASE_URL", reached.toString()).restart();
    keycloak.start();

    await().atMost(SOON).until(() -> editor().get("/api/devices").status() == 200);
    assertThat(deviceClients()).isEqualTo(before);
    assertThat(registeredClients()).isEqualTo(before);
    assertThat(editor().delete(path(device)).status()).isEqualTo(204);
    a_device_gets_a_token_where_it_is_told_to_and_is_a_device_with_it();
  }

  private static void unanswered(Supplier<Api.Answer> request) {
    Instant start = Instant.now();
    Api.Answer answer = request.get();
    assertThat(Duration.between(start, Instant.now())).isLessThan(PATIENCE);
    refused(answer, 502, "EXTERNAL_SERVICE_ERROR", "Keycloak does not answer right now");
  }

  private static Api as(String user, String scope) {
    return Api.at(server.uri()).withBearer(keycloak.userToken(user, scope));
  }

  private static Api editor() {
    return as("editor", "openid");
  }

  private static Api holder(JsonObject told) {
    return Api.at(server.uri()).withBearer(token(told));
  }

  private static String deviceToken() {
    return token(editor().get(path(newDevice()) + "/provisioning").json());
  }

  private static String token(JsonObject told) {
    return keycloak.clientToken(told.getString("client_id"), told.getString("client_secret"));
  }

  private static JsonObject newDevice() {
    Registry registry = new Registry(editor());
    int model = registry.newModel();
    Api.Answer answer = answered(() -> registry.create(model, "{}"));
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    return answer.json();
  }

  /** The first answer but that Keycloak does not answer: a busy machine may hold it up. */
  private static Api.Answer answered(Callable<Api.Answer> request) {
    return await().atMost(SOON).until(request, answer -> answer.status() != 502);
  }

  private static String path(JsonObject device) {
    return "/api/devices/" + device.getInt("id");
  }

  /** What Keycloak has under that client id. */
  private static List<JsonObject> clients(String clientId) {
    return array(keycloak.admin().get(CLIENTS + "?clientId=" + clientId));
  }

  private static JsonObject only(List<JsonObject> found) {
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static Set<String> deviceClients() {
    return array(keycloak.admin().get(CLIENTS)).stream()
        .map(client -> client.getString("clientId"))
        .filter(id -> id.startsWith("iotdevice-"))
        .collect(Collectors.toSet());
  }

  private static Set<String> registeredClients() {
    return editor().get("/api/devices").json().getJsonArray("devices").stream()
        .map(row -> editor().get("/api/devices/" + row.asJsonObject().getInt("id")).json())
        .map(device -> device.getString("client_id"))
        .collect(Collectors.toSet());
  }

  private static List<JsonObject> array(Api.Answer answer) {
    assertThat(answer.status()).isEqualTo(200);
    try (JsonReader reader = Json.createReader(new StringReader(answer.body()))) {
      return reader.readArray().getValuesAs(JsonObject.class);
    }
  }
}
