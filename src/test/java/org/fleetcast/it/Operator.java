package org.fleetcast.it;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.SseClient;

/** Somebody who works with a running server: registers devices, opens streams, subscribes. */
final class Operator {
  /** For what comes at once, on a machine that may be busy with something else for a while. */
  static final Duration SOON = Duration.ofSeconds(60);

  static final String TOPIC = "iotsupport/logsink";

  private static final Pattern ACCESS_COOKIE = Pattern.compile("access_token=([^;]+)");

  private final URI base;
  private final Api api;
  private final String token;

  private Operator(URI base, String token) {
    this.base = base;
    this.token = token;
    this.api = Api.at(base).withBearer(token);
  }

  /** The terminal client of the local login: it may write. */
  static Operator editor(Fleetcast server) {
    return editor(server.uri());
  }

  static Operator editor(URI server) {
    return new Operator(server, Api.at(server).editorToken());
  }

  /** Another person, who may only read. */
  static Operator viewer(Fleetcast server, String subject) {
    String cookies = Api.at(server.uri()).signedIn(subject, "viewer").cookies();
    Matcher access = ACCESS_COOKIE.matcher(cookies);
    if (!access.find()) {
      throw new IllegalStateException("the local login gave no access cookie");
    }
    return new Operator(server.uri(), access.group(1));
  }

  Api api() {
    return api;
  }

  String token() {
    return token;
  }

  /** Registers a device of that entity under a model of its own. */
  int device(String entityId) {
    return device(Json.createObjectBuilder().add("deviceEntityId", entityId));
  }

  int device(JsonObjectBuilder config) {
    String code = "m" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    JsonObject model = Json.createObjectBuilder().add("code", code).add("name", code).build();
    int modelId = api.post("/api/device-models", model).json().getInt("id");
    JsonObject device =
        Json.createObjectBuilder()
            .add("device_model_id", modelId)
            .add("config", config.build().toString())
            .build();
    return api.post("/api/devices", device).json().getInt("id");
  }

  /** The access token of a new device. */
  String deviceToken() {
    int id = device(unique("token"));
    JsonObject told = api.get("/api/devices/" + id + "/provisioning").json();
    return Api.at(base).token(told.getString("client_id"), told.getString("client_secret"));
  }

  /** Opens a stream and waits until it says that it is ready. */
  SseClient open(String requestId) {
    return open(requestId, "", Map.of());
  }

  SseClient open(String requestId, String moreQuery, Map<String, String> headers) {
    return opened("/api/sse/stream?request_id=" + requestId + moreQuery, headers);
  }

  private SseClient opened(String path, Map<String, String> headers) {
    Map<String, String> all = new java.util.HashMap<>(headers);
    all.put("Authorization", "Bearer " + token);
    SseClient stream = SseClient.open(base.resolve(path), all);
    if (stream.status() == 200) {
      awaitReady(stream);
    }
    return stream;
  }

  /** One whose server was killed before it said so ends without. */
  private static void awaitReady(SseClient stream) {
    Awaitility.await("ready")
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> stream.isEnded() || !stream.events("ready").isEmpty());
    if (stream.events("ready").isEmpty()) {
      stream.close();
      throw new IllegalStateException("The stream ended before it was ready");
    }
  }

  Api.Answer subscribe(String requestId, int deviceId) {
    return api.post("/api/device-logs/subscribe", pair(requestId, deviceId));
  }

  /** Subscribes with what else the body is to say. */
  Api.Answer subscribe(String requestId, int deviceId, JsonObjectBuilder more) {
    JsonObjectBuilder body = Json.createObjectBuilder(pair(requestId, deviceId));
    return api.post("/api/device-logs/subscribe", body.addAll(more).build());
  }

  /** Opens the stream of one device and waits until it says that it is ready. */
  SseClient follow(int deviceId, String query) {
    return opened("/api/devices/" + deviceId + "/logs/stream" + query, Map.of());
  }

  /** Opens the stream of the fleet, or of a model, and waits until it says that it is ready. */
  SseClient followFleet(String query) {
    return opened("/api/logs/stream" + query, Map.of());
  }

  /** Subscribes to what the body names beside the stream: a device, a model or the fleet. */
  Api.Answer subscribe(String requestId, JsonObjectBuilder body) {
    return api.post("/api/device-logs/subscribe", body.add("request_id", requestId).build());
  }

  Api.Answer unsubscribe(String requestId, JsonObjectBuilder body) {
    return api.post("/api/device-logs/unsubscribe", body.add("request_id", requestId).build());
  }

  /** The streams that follow a device, as editors see them. */
  JsonArray watched(int deviceId) {
    return api.get("/api/device-logs/subscriptions?device_id=" + deviceId)
        .json()
        .getJsonArray("subscriptions");
  }

  Api.Answer unsubscribe(String requestId, int deviceId) {
    return api.post("/api/device-logs/unsubscribe", pair(requestId, deviceId));
  }

  Api.Answer logs(int deviceId, String query) {
    return api.get("/api/devices/" + deviceId + "/logs" + query);
  }

  static JsonObject pair(String requestId, int deviceId) {
    return Json.createObjectBuilder()
        .add("request_id", requestId)
        .add("device_id", deviceId)
        .build();
  }

  /** A name that no other test uses. */
  static String unique(String what) {
    return what + "." + UUID.randomUUID().toString().substring(0, 8);
  }
}
