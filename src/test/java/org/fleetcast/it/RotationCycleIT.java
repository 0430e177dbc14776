package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.Ports;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The packaged command and the packaged server, which has a token for it. */
@SuppressWarnings("NullAway.Init")
class RotationCycleIT {
  private static final String TOKEN = "an+internal/token=";

  private static final int MANAGEMENT = Ports.free();

  private static Fleetcast server;

  @BeforeAll
  static void start() {
    server = Fleetcast.prepared().with("INTERNAL_API_TOKEN", TOKEN).managedAt(MANAGEMENT).start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void the_command_runs_a_cycle_in_the_server_and_nudges() throws Exception {
    assertThat(said("run", TOKEN))
        .isEqualTo(
            """
            Rotation job completed
              Timeouts processed: 0
              Device rotated: none
              Scheduled triggered: false
            exit 0\
            """);
    try (SseClient stream = Operator.editor(server).open("dashboard")) {
      assertThat(said("nudge", TOKEN)).isEqualTo("exit 0");
      stream.await(Operator.SOON, "rotation-updated");
    }
  }

  @Test
  void what_is_for_those_who_run_it_is_at_a_port_of_its_own_alone() {
    Api strangers = Api.at(server.uri());
    Api operators = Api.at(URI.create("http://localhost:" + MANAGEMENT));
    for (String path : List.of("/health", "/health/ready", "/health/live", "/metrics")) {
      assertThat(strangers.get(path).status()).as(path).isEqualTo(404);
      assertThat(strangers.get(path).json().getString("code")).isEqualTo("ROUTE_NOT_FOUND");
      assertThat(operators.get(path).status()).as(path).isEqualTo(200);
      BrowserHeaders.guard(path, operators.get(path).headers());
    }
    assertThat(operators.get("/metrics").body()).contains("# TYPE ");
    for (String path : List.of("/", "/api/auth/self", "/internal/rotation-job", "/ibm/api")) {
      assertThat(operators.get(path).status()).as(path).isEqualTo(404);
    }
  }

  @Test
  void a_hundred_triggers_and_jobs_at_once_start_one_device_on_the_embedded_database_too() {
    Api editor = Operator.editor(server).api();
    Registry registry = new Registry(editor);
    int model = registry.newModel();
    for (int i = 0; i < 3; i++) {
      registry.create(model, "{}");
    }
    Api job = Api.at(server.uri()).withBearer(TOKEN);
    List<Integer> answers =
        IntStream.range(0, 100)
            .parallel()
            .mapToObj(
                i ->
                    i % 10 == 0
                        ? job.post("/internal/rotation-job")
                        : editor.post("/api/rotation/trigger"))
            .map(Api.Answer::status)
            .toList();
    assertThat(answers).containsOnly(200);
    assertThat(editor.get("/api/rotation/status").json().getJsonObject("counts_by_state"))
        .hasToString("{\"OK\":0,\"QUEUED\":2,\"PENDING\":1,\"TIMEOUT\":0}");
  }

  @Test
  void with_another_token_or_none_it_is_refused_also_on_the_servers_own_machine() throws Exception {
    for (String wrong : new String[] {"another", ""}) {
      assertThat(said("run", wrong))
          .startsWith("The rotation cycle failed: the server answered 403")
          .endsWith("exit 1");
    }
    Api editor = Operator.editor(server).api();
    assertThat(editor.post("/internal/rotation-job").status()).isEqualTo(403);
  }

  private static String said(String command, String token)
      throws IOException, InterruptedException {
    ProcessBuilder job =
        new ProcessBuilder(
            Path.of("target/liberty/wlp/bin/rotation-job").toAbsolutePath().toString(), command);
    job.environment()
        .putAll(
            Map.of(
                "INTERNAL_API_URL",
                server.uri().toString(),
                "INTERNAL_API_TOKEN",
                token,
                "JAVA_HOME",
                System.getProperty("java.home")));
    Process process = job.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return said + "exit " + process.waitFor();
  }
}
