package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.fleetcast.it.Command.Outcome;
import org.fleetcast.stack.Ports;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged command as the process that a CronJob starts, against sockets of all kinds. */
@SuppressWarnings("NullAway.Init")
class RotationJobIT {
  private static final Path SCRIPT = Path.of("target/liberty/wlp/bin/rotation-job");
  private static final String CYCLE =
      "{\"device_rotated\":\"abcd2345\",\"processed_timeouts\":2,"
          + "\"scheduled_rotation_triggered\":true}";
  private static final String IDLE =
      "{\"processed_timeouts\":0,\"device_rotated\":null,\"scheduled_rotation_triggered\":false}";

  @TempDir Path folder;

  @Test
  void without_an_address_a_nudge_is_skipped_without_a_word() throws Exception {
    Outcome outcome = run(Map.of(), "nudge");
    assertThat(outcome).isEqualTo(new Outcome(0, List.of(), List.of()));
    assertThat(run(Map.of("INTERNAL_API_URL", ""), "nudge")).isEqualTo(outcome);
  }

  @Test
  void who_wants_to_know_is_told_that_a_nudge_was_skipped() throws Exception {
    Path logging = folder.resolve("logging.properties");
    Files.writeString(
        logging,
        """
        handlers=java.util.logging.ConsoleHandler
        java.util.logging.ConsoleHandler.level=FINE
        org.fleetcast.level=FINE
        """);
    String option = "-Djava.util.logging.config.file=" + logging;
    Outcome outcome = run(Map.of("JAVA_TOOL_OPTIONS", option), "nudge");
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.err()).contains("FINE INTERNAL_API_URL is not set, nobody is nudged");
  }

  @Test
  void without_an_address_no_cycle_can_run() throws Exception {
    failsWith(run(Map.of(), "run"), "The rotation cycle failed: INTERNAL_API_URL is not set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "walk", "run now"})
  void another_usage_is_answered_with_the_right_one(String arguments) throws Exception {
    Outcome outcome = run(Map.of(), arguments.isEmpty() ? new String[0] : arguments.split(" "));
    assertThat(outcome)
        .isEqualTo(
            new Outcome(2, List.of(), List.of("Usage: rotation-job run, or rotation-job nudge")));
  }

  @Test
  void where_nobody_listens_a_nudge_is_a_warning_and_a_cycle_a_failure() throws Exception {
    String nobody = "http://localhost:" + Ports.free();
    String reason = "the server cannot be reached at INTERNAL_API_URL";
    warnsWith(run(at(nobody), "nudge"), "WARNING The nudge failed: " + reason);
    failsWith(run(at(nobody), "run"), "The rotation cycle failed: " + reason);
  }

  @Test
  void an_address_that_is_none_is_a_warning_or_a_failure() throws Exception {
    String reason =
        "INTERNAL_API_URL must be an address such as http://fleetcast, with no"
            + " underscore in the name of the host";
    failsWith(run(at("ftp://fleetcast"), "run"), "The rotation cycle failed: " + reason);
    warnsWith(run(at("fleetcast"), "nudge"), "WARNING The nudge failed: " + reason);
  }

  @Tag("long")
  @Test
  void a_server_that_never_answers_costs_a_nudge_five_seconds() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Instant start = Instant.now();
      Outcome outcome = run(at("http://127.0.0.1:" + silent.getLocalPort()), "nudge");
      // A cycle may take a minute.
      assertThat(Duration.between(start, Instant.now()))
          .isBetween(Duration.ofSeconds(5), Duration.ofSeconds(40));
      warnsWith(outcome, "WARNING The nudge failed: the server did not answer within 5 s");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "500 | {\"error\":\"x\"} | the server answered 500",
        "502 | {\"error\":\"It\\nfailed\"} | the server answered 502: It failed",
        "502 | <html>bad gateway</html> | the server answered 502",
        "302 | '' | the server answered 302",
        "403 | {\"error\":\"x\"} | the server answered 403, is INTERNAL_API_TOKEN the server's?",
        "200 | <html>hello</html> | what answered is not Fleetcast",
        "200 | {} | what answered is not Fleetcast",
      })
  void any_other_answer_is_a_warning_or_a_failure_in_one_line(
      int status, String body, String reason) throws Exception {
    try (Answering server = new Answering(status, body)) {
      warnsWith(run(at(server.url()), "nudge"), "WARNING The nudge failed: " + reason);
      failsWith(run(at(server.url()), "run"), "The rotation cycle failed: " + reason);
    }
  }

  @Test
  void a_failure_names_the_id_that_the_servers_log_has() throws Exception {
    try (Answering server = new Answering(500, "{}", "X-Request-ID", "id-1")) {
      failsWith(
          run(at(server.url()), "run"),
          "The rotation cycle failed: the server answered 500 correlationId=id-1");
    }
  }

  @Test
  void a_cycle_is_told_in_four_lines() throws Exception {
    try (Answering server = new Answering(200, CYCLE)) {
      assertThat(run(at(server.url()), "run"))
          .isEqualTo(
              new Outcome(
                  0,
                  List.of(
                      "Rotation job completed",
                      "  Timeouts processed: 2",
                      "  Device rotated: abcd2345",
                      "  Scheduled triggered: true"),
                  List.of()));
      assertThat(server.heard).containsExactly("POST /internal/rotation-job null");
    }
  }

  @Test
  void a_cycle_that_had_nothing_to_do_is_told_too() throws Exception {
    try (Answering server = new Answering(200, IDLE)) {
      assertThat(run(at(server.url() + "/"), "run").out())
          .containsExactly(
              "Rotation job completed",
              "  Timeouts processed: 0",
              "  Device rotated: none",
              "  Scheduled triggered: false");
    }
  }

  @Test
  void the_token_is_sent_as_bearer_and_never_shown() throws Exception {
    Map<String, String> token = Map.of("INTERNAL_API_TOKEN", "s3cret/+=\n");
    try (Answering server = new Answering(200, CYCLE);
        Answering refusing = new Answering(403, "{}")) {
      assertThat(run(at(server.url() + "/prefix/", token), "run").exit()).isZero();
      assertThat(server.heard)
          .containsExactly("POST /prefix/internal/rotation-job Bearer s3cret/+=");
      assertThat(run(at(refusing.url(), token), "nudge").toString()).doesNotContain("s3cret");
    }
    Outcome unsendable =
        run(at("http://localhost:1", Map.of("INTERNAL_API_TOKEN", "s3\ncret")), "run");
    failsWith(
        unsendable,
        "The rotation cycle failed: INTERNAL_API_TOKEN has characters that no header can have");
  }

  @Test
  void a_nudge_that_arrives_says_nothing() throws Exception {
    Map<String, String> token = Map.of("INTERNAL_API_TOKEN", "s3cret");
    try (Answering server = new Answering(200, "{\"status\":\"ok\"}")) {
      assertThat(run(at(server.url(), token), "nudge"))
          .isEqualTo(new Outcome(0, List.of(), List.of()));
      assertThat(server.heard).containsExactly("POST /internal/rotation-nudge Bearer s3cret");
    }
  }

  @Test
  void it_runs_from_anywhere_through_a_link_and_with_the_java_of_the_path() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("job"), SCRIPT.toAbsolutePath());
    Path java = Files.createDirectory(folder.resolve("bin")).resolve("java");
    Files.createSymbolicLink(java, Path.of(System.getProperty("java.home"), "bin", "java"));
    String path = java.getParent() + ":" + System.getenv("PATH");
    try (Answering server = new Answering(200, IDLE)) {
      Map<String, String> settings = at(server.url(), Map.of("PATH", path, "JAVA_HOME", "/none"));
      List<String> command = List.of("sh", link.toString(), "run");
      assertThat(Command.outcome(folder, command, settings).exit()).isZero();
    }
  }

  private static Map<String, String> at(String url) {
    return at(url, Map.of());
  }

  private static Map<String, String> at(String url, Map<String, String> more) {
    Map<String, String> settings = new java.util.HashMap<>(more);
    settings.put("INTERNAL_API_URL", url);
    return settings;
  }

  private static void warnsWith(Outcome outcome, String line) {
    assertThat(outcome).isEqualTo(new Outcome(0, List.of(), List.of(line)));
  }

  private static void failsWith(Outcome outcome, String line) {
    assertThat(outcome).isEqualTo(new Outcome(1, List.of(), List.of(line)));
  }

  private Outcome run(Map<String, String> settings, String... arguments) throws Exception {
    return Command.run(folder, "rotation-job", settings, arguments);
  }

  /** Answers everything alike and keeps what it was asked. */
  private static final class Answering implements AutoCloseable {
    final List<String> heard = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    Answering(int status, String body, String... header) throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      server.createContext(
          "/",
          exchange -> {
            heard.add(
                exchange.getRequestMethod()
                    + " "
                    + exchange.getRequestURI()
                    + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            if (header.length == 2) {
              exchange.getResponseHeaders().set(header[0], header[1]);
            }
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
          });
      server.start();
    }

    String url() {
      return "http://localhost:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
