package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.NvsReader;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;

/**
 * What the page of the service that Fleetcast replaces asks, in its order and with its cookies, and
 * what it goes by in the answers. Its server has {@code SSE_FORMAT=envelope}.
 */
final class OldPage {
  private static final String REQUEST = "0b9f7c1e-old-page";

  private final URI home;
  private final Api page;

  OldPage(Fleetcast server) {
    this.home = server.uri();
    this.page =
        Api.at(home).with("Origin", home.toString()).signedIn(Operator.unique("old"), "editor");
  }

  /**
   * Asks everything of a device.
   *
   * @param publish publishes a line of that text as the device
   */
  void walk(int device, String entity, Consumer<String> publish) throws IOException {
    assertThat(page.get("/api/auth/self").json())
        .containsOnlyKeys("subject", "email", "name", "roles");
    URI stream = home.resolve("/api/sse/stream?request_id=" + REQUEST);
    try (SseClient events = SseClient.open(stream, Map.of("Cookie", page.cookies()))) {
      events.await(SOON, "ready");
      follow(events, device, entity, publish);
      logs(device);
      registry(device);
      rotation(events, device);
      assertThat(events.events())
          .as("a named event would be lost on it")
          .extracting(SseEvent::name)
          .containsOnly("ready", "message");
      assertThat(page.get("/api/auth/logout?redirect=/").status()).isEqualTo(200);
      assertThat(enveloped(events, "connection_close"))
          .isEqualTo("{\"type\":\"connection_close\",\"payload\":{\"reason\":\"logout\"}}");
      events.awaitEnd(SOON);
    }
  }

  /** It gives one up before the answer, and asks again; the last that was asked counts. */
  private void follow(SseClient events, int device, String entity, Consumer<String> publish)
      throws IOException {
    JsonObject pair = Operator.pair(REQUEST, device);
    giveUp("/api/device-logs/subscribe", pair);
    assertThat(page.post("/api/device-logs/subscribe", pair).status()).isEqualTo(200);
    assertThat(page.post("/api/device-logs/unsubscribe", pair).json())
        .containsOnlyKeys("status")
        .hasToString("{\"status\":\"unsubscribed\"}");
    assertThat(page.post("/api/device-logs/subscribe", pair).body())
        .isEqualTo("{\"device_entity_id\":\"%s\",\"status\":\"subscribed\"}".formatted(entity));
    publish.accept("I (1) t: for the page");
    assertThat(enveloped(events, "device-logs"))
        .startsWith(
            "{\"type\":\"device-logs\",\"payload\":{\"device_entity_id\":\"%s\",\"logs\":[{"
                .formatted(entity))
        .contains("\"message\":\"I (1) t: for the page\"");
  }

  private void giveUp(String path, JsonObject body) throws IOException {
    byte[] json = body.toString().getBytes(StandardCharsets.UTF_8);
    String head =
        "POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(path, home.getAuthority(), home, page.cookies(), json.length);
    try (Socket socket = new Socket(home.getHost(), home.getPort())) {
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(json);
      socket.getOutputStream().flush();
    }
  }

  private static String enveloped(SseClient events, String type) {
    String beginning = "{\"type\":\"" + type + "\"";
    return events
        .await(SOON, event -> event.name().equals("message") && event.data().startsWith(beginning))
        .data();
  }

  private void logs(int device) {
    String path = "/api/devices/" + device + "/logs?end=";
    JsonObject newest = page.get(path + Instant.now()).json();
    assertThat(newest.keySet())
        .contains("logs", "has_more", "window_start", "window_end", "next_cursor");
    List<JsonObject> rows = newest.getJsonArray("logs").getValuesAs(JsonObject.class);
    assertThat(rows).extracting(row -> row.getString("message")).contains("I (1) t: for the page");
    assertThat(rows.get(0).getString("timestamp")).matches("[0-9-]{10}T[0-9:]{8}\\.[0-9]{6}Z");
    JsonObject before = page.get(path + newest.getString("window_start")).json();
    assertThat(before.getJsonArray("logs")).isEmpty();
  }

  private void registry(int device) {
    assertThat(page.get("/api/devices").json()).containsOnlyKeys("devices", "count");
    assertThat(page.get("/api/devices/" + device).json())
        .containsKeys("id", "key", "client_id", "device_model", "config", "rotation_state");
    assertThat(page.get("/api/device-models").json()).containsOnlyKeys("device_models", "count");
    JsonObject partition =
        page.get("/api/devices/" + device + "/provisioning?partition_size=20480").json();
    assertThat(partition.getInt("size")).isEqualTo(20_480);
    byte[] image = Base64.getDecoder().decode(partition.getString("data"));
    assertThat(image).hasSize(20_480);
    assertThat(NvsReader.read(image).strings()).hasSize(8);
    assertThat(page.get("/api/devices/" + device + "/coredumps").body())
        .isEqualTo("{\"coredumps\":[],\"count\":0}");
  }

  private void rotation(SseClient events, int device) {
    assertThat(page.get("/api/rotation/status").json())
        .containsOnlyKeys(
            "counts_by_state",
            "inactive",
            "pending_device_id",
            "last_rotation_completed_at",
            "next_scheduled_rotation");
    assertThat(page.get("/api/rotation/dashboard").json())
        .containsOnlyKeys("healthy", "warning", "critical", "inactive", "counts");
    assertThat(page.post("/api/devices/" + device + "/rotate").json())
        .hasToString("{\"status\":\"queued\"}");
    assertThat(enveloped(events, "rotation-updated"))
        .isEqualTo("{\"type\":\"rotation-updated\",\"payload\":{}}");
    assertThat(page.post("/api/rotation/trigger").json())
        .containsOnlyKeys("queued_count", "devices_queued");
  }
}
