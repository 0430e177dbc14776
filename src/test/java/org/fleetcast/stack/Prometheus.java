package org.fleetcast.stack;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A Prometheus on a free loopback port that scrapes one server every second, as the job {@code
 * fleetcast}, and reads the alert rules. Debian: prometheus.
 */
public final class Prometheus implements Part {
  /** The rules that it reads, which are also those that we ship. */
  public static final Path RULES = Path.of("src", "main", "observability", "alerts.yaml");

  private static final String REFUSES = "level=error";
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final int port = Ports.free();
  private final Path folder = Folders.temporary("prometheus");
  private final Child child;

  private Prometheus(URI target) {
    Path configuration = folder.resolve("prometheus.yml");
    try {
      Files.writeString(configuration, configuration(target));
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
    child =
        Child.start(
            List.of(
                program("prometheus").orElseThrow().toString(),
                "--config.file=" + configuration,
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port,
                "--log.level=warn"),
            Map.of(),
            folder.resolve("out.log"));
    AtExit.closes(this);
  }

  /** Whether this machine has it, with its tool. */
  public static boolean isInstalled() {
    return program("prometheus").isPresent() && program("promtool").isPresent();
  }

  /** One that answers, and scrapes that server. */
  public static Prometheus scraping(URI target) {
    Prometheus started = new Prometheus(target);
    Wait.until(
        "Prometheus",
        started.child,
        REFUSES,
        PATIENCE,
        Progress.silent(),
        () -> Http.answers(started.at("/-/ready")));
    return started;
  }

  /** Runs its tool to the end; what that said, with "ok" in the first line when it succeeded. */
  public static String tool(String... arguments) {
    Path folder = Folders.temporary("promtool");
    Path output = folder.resolve("out.log");
    List<String> command =
        Stream.concat(Stream.of(program("promtool").orElseThrow().toString()), Stream.of(arguments))
            .toList();
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      int status = process.onExit().thenApply(Process::exitValue).join();
      return (status == 0 ? "ok\n" : "failed\n") + Files.readString(output);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } finally {
      Folders.delete(folder);
    }
  }

  /**
   * The series that an expression has now.
   *
   * @throws IllegalStateException when Prometheus does not take it
   */
  public JsonArray query(String expression) {
    HttpRequest request =
        HttpRequest.newBuilder(
                at("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8)))
            .build();
    String body =
        Http.send(Http.client().build(), request, HttpResponse.BodyHandlers.ofString()).body();
    try (JsonReader reader = Json.createReader(new StringReader(body))) {
      JsonObject answer = reader.readObject();
      if (!"success".equals(answer.getString("status"))) {
        throw new IllegalStateException(expression + ": " + answer.getString("error"));
      }
      return answer.getJsonObject("data").getJsonArray("result");
    }
  }

  private URI at(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private static String configuration(URI target) {
    return """
    global: {scrape_interval: 1s, evaluation_interval: 1s}
    rule_files: [%s]
    scrape_configs:
      - job_name: fleetcast
        static_configs: [{targets: ["%s"]}]
    """
        .formatted(RULES.toAbsolutePath(), target.getAuthority());
  }

  private static Optional<Path> program(String name) {
    return Stream.of(String.valueOf(System.getenv("PATH")).split(File.pathSeparator, -1))
        .map(path -> Path.of(path, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @Override
  public void close() {
    child.terminate(PATIENCE);
    Folders.delete(folder);
    AtExit.forgets(this);
  }
}
