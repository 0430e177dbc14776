package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Image;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Ports;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The image as it is built, and its content as a container would run it. */
@Tag("long")
@SuppressWarnings("NullAway.Init")
class ImageIT {
  private static final long MOST_OF_THE_SERVER = 160L << 20;
  private static final String DATA = "/var/lib/fleetcast";

  private static Image image;

  @BeforeAll
  static void build() {
    assumeTrue(Image.isPossible(), "buildah is not installed, or this is not root");
    image = Image.built();
  }

  @AfterAll
  static void remove() {
    if (image != null) {
      image.close();
    }
  }

  @Test
  void it_is_small_and_has_no_key_and_nothing_that_its_user_can_change() throws IOException {
    assertThat(image.bytes("opt/fleetcast")).isLessThan(MOST_OF_THE_SERVER);
    assertThat(image.writable()).allMatch(path -> path.equals("/tmp") || path.startsWith(DATA));
    try (Stream<Path> files = Files.walk(image.root().resolve("opt/fleetcast"))) {
      assertThat(files.map(file -> file.toFile().getName()))
          .contains("rotation-job", "fleetcast-migrate", "fleetcast.war")
          .doesNotContain("key.p12", "ltpa.keys", "workarea", "resources");
    }
    assertThat(image.root().resolve("opt/fleetcast/usr/servers/fleetcast/server.env"))
        .doesNotExist();
  }

  @Test
  void it_says_what_it_is_who_runs_in_it_and_how_it_is() {
    assertThat(image.description())
        .contains("org.opencontainers.image.version", "org.opencontainers.image.revision")
        .contains("\"1001:0\"", "/health/live", DATA);
  }

  @Test
  void its_content_does_its_job_as_any_user_and_writes_nowhere_but_to_its_volume() {
    SharedStack stack = SharedStack.get();
    int port = Ports.free();
    URI server = URI.create("http://localhost:" + port);
    Map<String, String> settings =
        Map.of(
            "HTTP_PORT", Integer.toString(port),
            "HTTPS_PORT", Integer.toString(Ports.free()),
            "BASEURL", server.toString(),
            "FLEETCAST_LOCAL_LOGIN", "true",
            "SECRET_KEY", "Kq7-zm3-Ws9-pL2",
            "MQTT_URL", stack.broker().url(),
            "MQTT_CLIENT_ID", "image",
            "LOG_TOPIC", "image/logsink",
            "ELASTICSEARCH_URL", stack.elasticsearch().uri().toString());
    image.start(settings);
    image.await(server.resolve("/health/ready"));

    Operator operator = Operator.editor(server);
    String entity = Operator.unique("image");
    int device = operator.device(entity);
    try (SseClient stream = operator.open(entity);
        MqttPublisher publisher = MqttPublisher.connected(stack.broker().uri())) {
      operator.subscribe(entity, device);
      publisher.publish(
          "image/logsink", "{\"entity_id\":\"%s\",\"message\":\"hello\"}".formatted(entity));
      assertThat(stream.await(SOON, "device-logs").data()).contains("hello");
    }
    assertThat(operator.logs(device, "").body()).contains("hello");
    assertThat(image.runAs(Map.of("INTERNAL_API_URL", server.toString()), "rotation-job", "run"))
        .startsWith("Rotation job completed");
    assertThat(Api.at(server).get("/metrics").body()).contains("fleetcast_build_info");
    assertThat(image.stop()).isTrue();
    assertKeysAreProtected();
  }

  private static void assertKeysAreProtected() {
    String folder = DATA + "/fleetcast/resources/security";
    assertThat(List.of(image.runAs(Map.of(), "ls", folder).split("\n")))
        .contains("key.p12", "keystore_password", "ltpa_keys_password");
    assertThat(image.runAs(Map.of(), "cat", folder + "/keystore_password")).matches("[0-9a-f]{48}");
  }
}
