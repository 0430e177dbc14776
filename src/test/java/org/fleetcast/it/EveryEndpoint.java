package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.fleetcast.OpenApiDocument.Operation;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.SseClient;

/** Calls every endpoint of a server: as it is meant, and in each way that is refused alike. */
final class EveryEndpoint {
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final int NOWHERE = Registry.NOWHERE;

  /** What succeeds only with an OpenID provider: {@link KeycloakSignIn} does that. */
  private static final Set<String> WITH_A_PROVIDER =
      Set.of("GET /api/auth/callback", "POST /api/auth/backchannel-logout");

  private final DocumentedApi documented;
  private final Api nobody;
  private final Api internal;
  private final Operator operator;
  private final Api editor;
  private final Api viewer;

  /**
   * A server.
   *
   * @param internalToken its INTERNAL_API_TOKEN
   */
  EveryEndpoint(Fleetcast server, String internalToken) {
    documented = new DocumentedApi(server.uri());
    nobody = Api.at(server.uri());
    internal = nobody.withBearer(internalToken);
    operator = Operator.editor(server);
    editor = operator.api();
    viewer = Operator.viewer(server, Operator.unique("reader")).api();
  }

  /**
   * Calls them.
   *
   * @param publish publishes a line as a device of that entity
   */
  void call(Consumer<String> publish) {
    identity();
    int model = model();
    JsonObject device = device(model);
    Api unit = credentials(device);
    logs(device, publish);
    deadLetters();
    documented.get(editor, "/api/audit");
    documented.get(editor, "/api/audit?cursor=none");
    rotation(device, unit);
    refusals(unit);
    documented.delete(editor, "/api/devices/" + device.getInt("id"));
    documented.delete(editor, "/api/device-models/" + model);
    assertThat(documented.succeeded())
        .containsExactlyInAnyOrderElementsOf(
            documented.document().operations().stream()
                .map(Operation::name)
                .filter(name -> !WITH_A_PROVIDER.contains(name))
                .toList());
  }

  private void identity() {
    documented.get(editor, "/api/auth/self");
    documented.get(nobody, "/api/auth/login?redirect=/&role=viewer");
    documented.get(nobody, "/api/auth/login?redirect=//elsewhere");
    documented.get(nobody, "/api/auth/callback?state=x&code=y");
    Api browser = nobody.with("Accept", "text/html");
    documented.get(browser, "/api/auth/login?redirect=//elsewhere");
    documented.get(browser, "/api/auth/callback?state=x&code=y");
    documented.get(browser, "/api/auth/logout?redirect=//elsewhere");
    documented.send(nobody, "POST", "/api/auth/backchannel-logout", FORM, "logout_token=x");
    documented.send(nobody, "POST", "/api/auth/backchannel-logout", "application/json", "{}");
    documented.get(nobody, "/api/auth/logout");
    documented.get(nobody, "/api/auth/jwks");
    documented.get(nobody, "/api/auth/provider");
    String form = "grant_type=client_credentials&client_id=fleetcast-cli&client_secret=";
    documented.send(nobody, "POST", "/api/auth/token", FORM, form + "local");
    documented.send(nobody, "POST", "/api/auth/token", FORM, form + "another");
    documented.send(nobody, "POST", "/api/auth/token", FORM, "grant_type=password");
    documented.send(nobody, "POST", "/api/auth/token", "application/json", "{}");
  }

  private int model() {
    String code = Registry.code();
    String model = "{'code':'" + code + "','name':'Sensor'}";
    int id = documented.json(editor, "POST", "/api/device-models", model).json().getInt("id");
    documented.json(editor, "POST", "/api/device-models", model);
    documented.get(editor, "/api/device-models");
    documented.get(editor, "/api/device-models/" + id);
    documented.json(editor, "PUT", "/api/device-models/" + id, "{'config_schema':'true'}");
    Api changed = editor.with("If-Match", "\"no\"");
    assertThat(documented.json(changed, "PUT", "/api/device-models/" + id, "{}").status())
        .isEqualTo(412);
    assertThat(documented.delete(changed, "/api/device-models/" + id).status()).isEqualTo(412);
    return id;
  }

  private JsonObject device(int model) {
    String config = "{\\\"deviceEntityId\\\":\\\"" + Operator.unique("sensor") + "\\\"}";
    String device = "{'device_model_id':" + model + ",'config':'" + config + "'}";
    JsonObject made = documented.json(editor, "POST", "/api/devices", device).json();
    String path = "/api/devices/" + made.getInt("id");
    documented.get(editor, "/api/devices?rotation_state=OK&model_id=" + model);
    assertThat(documented.get(editor, "/api/devices?rotation_state=&model_id=").status())
        .isEqualTo(200);
    documented.get(editor, "/api/devices?rotation_state=no");
    documented.get(editor, path);
    documented.json(editor, "PUT", path, "{'config':'" + config + "','active':true}");
    Api changed = editor.with("If-Match", "\"no\"");
    assertThat(
            documented
                .json(changed, "PUT", path, "{'config':'" + config + "','active':true}")
                .status())
        .isEqualTo(412);
    assertThat(documented.delete(changed, path).status()).isEqualTo(412);
    documented.get(editor, path + "/provisioning?partition_size=12288");
    documented.get(editor, path + "/provisioning?partition_size=1");
    documented.get(editor, path + "/coredumps");
    documented.get(editor, path + "/keycloak-status");
    documented.post(editor, path + "/keycloak-sync");
    documented.delete(editor, "/api/device-models/" + model);
    return made;
  }

  private Api credentials(JsonObject device) {
    JsonObject told =
        documented.get(editor, "/api/devices/" + device.getInt("id") + "/provisioning").json();
    return nobody.withBearer(
        nobody.token(told.getString("client_id"), told.getString("client_secret")));
  }

  private void logs(JsonObject device, Consumer<String> publish) {
    int id = device.getInt("id");
    String pair = "'request_id':'every','device_id':" + id;
    try (SseClient stream =
            documented.stream(operator.token(), "/api/sse/stream?request_id=every");
        SseClient tail = documented.stream(operator.token(), logsOf(id) + "/stream?tail=1");
        SseClient fleet = documented.stream(operator.token(), "/api/logs/stream?tail=1")) {
      documented.json(
          editor,
          "POST",
          "/api/device-logs/subscribe",
          "{"
              + pair
              + ",'tail':1,'filter':{'level':'V','contains':'BOOT','without_field':['x:y']}}");
      String all = "{'request_id':'every','fleet':true}";
      documented.json(editor, "POST", "/api/device-logs/subscribe", all);
      documented.get(editor, "/api/device-logs/subscriptions");
      publish.accept(device.getString("device_entity_id"));
      stream.await(SOON, "device-logs");
      tail.await(SOON, "device-logs");
      fleet.await(SOON, "device-logs");
      documented.post(internal, "/internal/rotation-nudge");
      stream.await(SOON, "rotation-updated");
      documented.describes(stream);
      documented.describes(tail);
      documented.describes(fleet);
      documented.json(editor, "POST", "/api/device-logs/unsubscribe", all);
      documented.json(editor, "POST", "/api/device-logs/unsubscribe", "{" + pair + "}");
      documented.json(editor, "POST", "/api/device-logs/unsubscribe", "{" + pair + "}");
    }
    for (String query :
        List.of(
            "",
            "fields=*",
            "fields=sgr,tag",
            "regex=b.*t&without=x&without=y&tag=boot&without_tag=z",
            "field=entity_id:x&field=n:1&without_field=y:z",
            "field=x",
            "regex=(",
            "format=text",
            "format=no")) {
      documented.get(editor, logsOf(id) + "?" + query);
      documented.get(editor, "/api/logs?" + query);
    }
    documented.get(editor, "/api/logs?model_id=" + device.getInt("device_model_id"));
    documented.get(editor, "/api/logs?model_id=no");
    documented.get(editor, "/api/logs/histogram?level=E");
    documented.get(editor, logsOf(id) + "/histogram");
    documented.get(editor, logsOf(id) + "/histogram?field=n:1&tag=boot");
    documented.get(editor, logsOf(id) + "/histogram?buckets=501");
    documented.get(editor, "/api/devices/activity");
    documented.get(editor, "/api/devices/activity/details?device_id=" + id);
  }

  private static String logsOf(int id) {
    return "/api/devices/" + id + "/logs";
  }

  private void deadLetters() {
    documented.get(editor, "/api/dead-letters");
    documented.get(editor, "/api/dead-letters?cursor=none");
    documented.json(
        editor,
        "POST",
        "/api/dead-letters/replay",
        "{'start':'2026-01-01T00:00:00Z','end':'2026-01-02T00:00:00Z','dry_run':true}");
  }

  private void rotation(JsonObject device, Api unit) {
    documented.get(editor, "/api/rotation/status");
    documented.post(editor, "/api/devices/" + device.getInt("id") + "/rotate");
    documented.post(editor, "/api/devices/" + device.getInt("id") + "/rotate");
    documented.post(editor, "/api/rotation/trigger");
    documented.get(editor, "/api/rotation/dashboard");
    documented.get(editor, "/api/rotation/attempts");
    documented.post(internal, "/internal/rotation-job");
    documented.get(unit, "/api/iot/config");
    documented.get(unit, "/api/iot/provisioning");
  }

  /** In the ways in which every operation of a kind is refused. */
  private void refusals(Api unit) {
    for (Operation operation : documented.document().operations()) {
      String path = operation.path().replace("{id}", Integer.toString(NOWHERE));
      if (operation.roles().isEmpty()) {
        continue;
      }
      boolean own = operation.roles().contains("device");
      refused(401, nobody, operation, path);
      refused(403, own ? editor : unit, operation, path);
      if (operation.roles().contains("editor")) {
        refused(403, viewer, operation, path);
      }
      if (operation.path().contains("{id}")) {
        refused(404, editor, operation, path);
      }
      if (operation.responses().has("406")) {
        refused(406, (own ? unit : editor).with("Accept", "image/png"), operation, path);
      }
      if (operation.hasBody()) {
        refusedBodies(operation, path);
      }
    }
    refused(
        403,
        nobody.with("Forwarded", "for=192.0.2.1"),
        documented.document().operation("POST", "/internal/rotation-job").orElseThrow(),
        "/internal/rotation-job");
  }

  private void refusedBodies(Operation operation, String path) {
    assertThat(documented.json(editor, operation.method(), path, "{'no':1}").status())
        .isEqualTo(400);
    assertThat(documented.send(editor, operation.method(), path, "text/plain", "no").status())
        .isEqualTo(415);
    assertThat(
            documented.json(editor, operation.method(), path, " ".repeat((1 << 20) + 1)).status())
        .isEqualTo(413);
  }

  private void refused(int status, Api caller, Operation operation, String path) {
    JsonNode example = operation.node().at("/requestBody/content/application~1json/example");
    Api.Answer answer =
        switch (operation.method()) {
          case "GET" -> documented.get(caller, path);
          case "DELETE" -> documented.delete(caller, path);
          default ->
              operation.hasBody()
                  ? documented.json(caller, operation.method(), path, example.toString())
                  : documented.post(caller, path);
        };
    assertThat(answer.status()).as(operation.name() + " " + answer.body()).isEqualTo(status);
  }
}
