package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.fleetcast.SchemaDocument;
import org.fleetcast.it.Command.Outcome;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Certificates;
import org.fleetcast.stack.Fleetcast;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server takes the settings that we ship, can rotate with them, and logs as they say. */
class ShippedConfigurationIT {
  private static final Duration START = Duration.ofMinutes(4);
  private static final Path KUBERNETES = Path.of("src/main/kubernetes");
  private static final Pattern SETTING = Pattern.compile("^ *([A-Z_]+)(?:=|: )\"?(.*?)\"?$");
  private static final String REQUEST = "a-request-of-the-test";

  @TempDir Path folder;

  @Test
  void with_the_settings_that_are_shipped_it_starts_rotates_and_logs_json() throws Exception {
    Map<String, String> settings = settings();
    Certificates.in(folder);
    settings.put("MQTT_CA_FILE", folder.resolve("ca.pem").toString());
    try (Fleetcast server = Fleetcast.prepared().without("FLEETCAST_LOCAL_LOGIN")) {
      settings.remove("JVM_ARGS"); // a heap by the container's memory
      settings.forEach(server::with);
      server.startUnready();
      await().atMost(START).until(() -> server.isUp("/health/started"));

      assertThat(cycle(server, secret("INTERNAL_API_TOKEN")).exit()).isZero();
      assertThat(cycle(server, "another").exit()).isEqualTo(1);
      Api stranger = Api.at(server.uri()).withBearer("e30.e30.x").with("X-Request-ID", REQUEST);
      // Once its first answer failed, the provider is left alone for a moment, of which nothing is
      // told.
      await().atMost(START).until(() -> isTold(server, stranger));
      everyAnswerKeepsBrowsersToHttps(Api.at(server.uri()));
    }
  }

  /** BASEURL is https: also the server's own answers say it. */
  private static void everyAnswerKeepsBrowsersToHttps(Api browser) {
    for (String path :
        List.of("/", "/nope", "/api/devices", "/health/started", "/metrics", "/openapi")) {
      assertThat(browser.get(path).headers().allValues("Strict-Transport-Security"))
          .as(path)
          .containsExactly("max-age=31536000");
    }
  }

  private Outcome cycle(Fleetcast server, String token) throws IOException, InterruptedException {
    return Command.run(
        folder,
        "rotation-job",
        Map.of("INTERNAL_API_URL", server.uri().toString(), "INTERNAL_API_TOKEN", token),
        "run");
  }

  private static String secret(String name) {
    return "f3Xq9-" + name + "-b7Lw2";
  }

  private static boolean isTold(Fleetcast server, Api stranger) throws IOException {
    assertThat(stranger.get("/api/devices").status()).isIn(401, 503);
    return logged(server).stream()
        .map(line -> SchemaDocument.json(line).path("message").asText())
        .anyMatch(message -> message.contains(REQUEST));
  }

  /** What is being written at this moment may not be whole yet. */
  private static List<String> logged(Fleetcast server) throws IOException {
    return Files.readAllLines(server.logs().resolve("console.log")).stream()
        .filter(line -> line.startsWith("{") && line.endsWith("}"))
        .toList();
  }

  /** Of the ConfigMap, and of the Secret where it may not be empty. */
  private static Map<String, String> settings() throws IOException {
    Map<String, String> found = new LinkedHashMap<>();
    Stream.concat(
            Files.readAllLines(KUBERNETES.resolve("secret.yaml.template")).stream(),
            Files.readAllLines(KUBERNETES.resolve("base/fleetcast.env")).stream())
        .map(SETTING::matcher)
        .filter(java.util.regex.Matcher::matches)
        .forEach(line -> found.put(line.group(1), line.group(2)));
    for (String secret :
        List.of("SECRET_KEY", "KEYCLOAK_ADMIN_CLIENT_SECRET", "INTERNAL_API_TOKEN")) {
      assertThat(found).containsEntry(secret, "");
      found.put(secret, secret(secret));
    }
    found.values().removeIf(String::isEmpty);
    return found;
  }
}
