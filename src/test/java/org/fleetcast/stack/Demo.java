package org.fleetcast.stack;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * {@code mvn -Pdemo}: the packaged server with Elasticsearch, a broker and a small fleet that
 * talks, until Ctrl-C. Nothing of it is left then.
 */
public final class Demo {
  private static final Duration CYCLE = Duration.ofSeconds(10);
  private static final int PATIENCE_SECONDS = 30;

  /** Maven takes its own stream back while the demo still says that it stops. */
  private static final PrintStream OUT =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  private final int httpPort = port("HTTP_PORT", 9080);
  private final int httpsPort = port("HTTPS_PORT", 9443);
  private final int mqttPort = port("MQTT_PORT", 1883);

  private Demo() {}

  public static void main(String[] arguments) {
    try {
      new Demo().run();
    } catch (IllegalStateException | UncheckedIOException failure) {
      if (!AtExit.isEnding()) {
        say("The demo cannot go on: " + failure.getMessage());
      }
    }
    System.exit(1);
  }

  private void run() {
    requireFree("HTTP_PORT", httpPort);
    requireFree("HTTPS_PORT", httpsPort);
    requireFree("MQTT_PORT", mqttPort);
    AtExit.closes(() -> say("everything is stopped"));
    say("starting Elasticsearch (512 MB of memory)");
    Elasticsearch elasticsearch = Elasticsearch.started(Demo::say);
    say("starting the MQTT broker on port " + mqttPort);
    Artemis broker = Artemis.started(mqttPort);
    say("starting the server on port " + httpPort);
    Fleetcast server =
        Fleetcast.at(httpPort, httpsPort)
            .telling(Demo::say)
            .with("MQTT_URL", broker.uri().toString())
            .with("ELASTICSEARCH_URL", elasticsearch.uri().toString())
            .with("ROTATION_TIMEOUT_SECONDS", Integer.toString(PATIENCE_SECONDS))
            .start();
    say("registering the sample devices");
    Api anybody = Api.at(server.uri());
    Api editor = anybody.withBearer(anybody.editorToken());
    Map<SampleDevice, Integer> devices = register(editor);
    SampleFleet.talking(provisioned(devices, editor), broker.uri());
    Cycles.every(CYCLE, anybody, Demo::say);
    explain(server.uri(), devices);
    AtExit.closes(() -> say("stopping"));
    server.awaitEnd();
    throw new IllegalStateException("the server ended on its own; its logs: " + server.logs());
  }

  private static Map<SampleDevice, Integer> register(Api editor) {
    int model =
        created(
            editor.post(
                "/api/device-models",
                Json.createObjectBuilder().add("code", "sample").add("name", "Sample").build()));
    Map<SampleDevice, Integer> ids = new LinkedHashMap<>();
    for (SampleDevice device : SampleDevice.all()) {
      String config =
          Json.createObjectBuilder()
              .add("deviceName", device.name())
              .add("deviceEntityId", device.entityId())
              .add("enableOTA", true)
              .build()
              .toString();
      ids.put(
          device,
          created(
              editor.post(
                  "/api/devices",
                  Json.createObjectBuilder()
                      .add("device_model_id", model)
                      .add("config", config)
                      .build())));
    }
    return ids;
  }

  private static Map<SampleDevice, JsonObject> provisioned(
      Map<SampleDevice, Integer> devices, Api editor) {
    Map<SampleDevice, JsonObject> provisioned = new LinkedHashMap<>();
    devices.forEach(
        (device, id) ->
            provisioned.put(device, editor.get("/api/devices/" + id + "/provisioning").json()));
    return provisioned;
  }

  private static int created(Api.Answer answer) {
    if (answer.status() != 201) {
      throw new IllegalStateException(
          "the server did not register a sample: " + answer.status() + " " + answer.body());
    }
    return answer.json().getInt("id");
  }

  private static void explain(URI server, Map<SampleDevice, Integer> devices) {
    String token =
        "$(curl -s -d grant_type=client_credentials -d client_id=fleetcast-cli"
            + " -d client_secret=local "
            + server
            + "/api/auth/token | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')";
    OUT.println("\nFleetcast is at " + server + "\n");
    devices.forEach((device, id) -> OUT.println("  device " + id + "  " + device.name()));
    OUT.println("\nSign in, no password in the demo:\n  " + server + "/api/auth/login");
    OUT.println("\nA token for a terminal:\n  TOKEN=" + token);
    explainTail(server, devices.values().iterator().next());
    explainRotation(server, devices);
    OUT.println("\nCtrl-C ends it all.\n");
  }

  private static void explainTail(URI server, int device) {
    OUT.println("\nTail a device in a terminal, with that token:");
    OUT.println(
        "  curl -N -H \"Authorization: Bearer $TOKEN\" '%s/api/devices/%d/logs/stream?tail=20'"
            .formatted(server, device));
  }

  private static void explainRotation(URI server, Map<SampleDevice, Integer> devices) {
    OUT.println("\nGive all devices new secrets, one after another:");
    OUT.println(
        "  curl -X POST -H \"Authorization: Bearer $TOKEN\" " + server + "/api/rotation/trigger");
    OUT.println("Each takes a few seconds and logs \"rotation: new credentials in use\".");
    devices.keySet().stream()
        .filter(SampleDevice::stubborn)
        .forEach(
            device ->
                OUT.println(
                    "The "
                        + device.name().toLowerCase(Locale.ROOT)
                        + " wants none: it times out after "
                        + PATIENCE_SECONDS
                        + " s and keeps its old one, and the others go on."));
  }

  private static int port(String name, int standard) {
    String chosen = System.getenv(name);
    try {
      return chosen == null || chosen.isBlank() ? standard : Integer.parseInt(chosen.strip());
    } catch (NumberFormatException wrong) {
      throw new IllegalStateException(name + " must be a port number, not " + chosen, wrong);
    }
  }

  private static void requireFree(String name, int port) {
    if (Ports.isInUse(port)) {
      throw new IllegalStateException(
          "port %d is in use; stop what listens there, or choose another: %s=%d mvn -Pdemo"
              .formatted(port, name, port < 50_000 ? port + 10_000 : port - 10_000));
    }
  }

  private static void say(String sentence) {
    OUT.println("[demo] " + sentence);
  }
}
