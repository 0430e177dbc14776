package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.TOPIC;

import com.sun.net.httpserver.HttpServer;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.fleetcast.it.Command.Outcome;
import org.fleetcast.stack.Mosquitto;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.Ports;
import org.fleetcast.stack.Postgres;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command {@code fleetcast} as a process, against the packaged server. */
class CommandIT {
  /** Each look is a process of its own. */
  private static final Duration SOON = Duration.ofSeconds(120);

  private static final SharedStack STACK = SharedStack.get();

  @TempDir Path folder;

  private Shell shell;

  @BeforeEach
  void open() {
    shell = new Shell(folder, STACK.fleetcast().uri());
  }

  @Test
  void signing_in_keeps_a_token_that_is_never_shown_and_that_others_cannot_read() throws Exception {
    Outcome outcome = shell.run("login");

    assertThat(outcome.err())
        .containsExactly("Signed in at " + STACK.fleetcast().uri() + " as fleetcast-cli (editor)");
    assertThat(outcome.exit()).isZero();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shell.loginFile())))
        .isEqualTo("rw-------");
    String kept = token();
    assertThat(outcome.out() + "" + outcome.err()).doesNotContain(kept);

    assertThat(shell.run("logout").err()).containsExactly("The login is forgotten");
    nobodyIsSignedIn(shell.run("devices"));
  }

  @Test
  void a_token_may_come_from_a_pipe_or_the_environment() throws Exception {
    String token = Operator.editor(STACK.fleetcast()).token();
    shell.with("GIVEN", token);

    assertThat(shell.line("printf %s \"$GIVEN\" | fleetcast login --token").exit()).isZero();
    assertThat(token()).isEqualTo(token);
    assertThat(shell.run("devices").exit()).isZero();
    assertThat(shell.line("echo no.such.token | fleetcast login --token").exit()).isEqualTo(3);
    assertThat(token()).as("the login before stays").isEqualTo(token);

    shell.run("logout");
    assertThat(shell.line("FLEETCAST_TOKEN=$GIVEN fleetcast devices").exit()).isZero();
    Outcome unsendable = shell.line("FLEETCAST_TOKEN=$'s3\\ncret' fleetcast devices");
    assertThat(unsendable.err())
        .containsExactly("fleetcast: The token has characters that no header can have");
    assertThat(unsendable.exit()).isEqualTo(3);
  }

  @Test
  void a_token_that_is_over_is_renewed_and_is_shown_to_no_other_server() throws Exception {
    shell.run("login");
    String kept = Files.readString(shell.loginFile());
    Files.writeString(shell.loginFile(), kept.replace(token(), "over"));

    assertThat(shell.run("devices").exit()).isZero();
    assertThat(token()).isNotEqualTo("over");
    String other = STACK.fleetcast().uri().toString().replace("localhost", "127.0.0.1");
    nobodyIsSignedIn(shell.run("devices", "--server", other));
  }

  /** A provider may end the session of whoever shows a refresh token twice. */
  @Test
  void two_commands_at_once_renew_a_login_once() throws Exception {
    AtomicInteger shown = new AtomicInteger();
    String token = Operator.editor(STACK.fleetcast()).token();
    HttpServer provider =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    provider.setExecutor(Executors.newCachedThreadPool());
    provider.createContext(
        "/",
        asked -> {
          if (shown.incrementAndGet() == 1) { // until the other one is in the middle of it, too
            Awaitility.await().atMost(SOON).until(() -> shown.get() > 1 || somebodyWaits());
          }
          byte[] answer =
              "{\"access_token\":\"%s\",\"refresh_token\":\"r%d\"}"
                  .formatted(token, shown.get())
                  .getBytes(StandardCharsets.UTF_8);
          asked.sendResponseHeaders(200, answer.length);
          asked.getResponseBody().write(answer);
          asked.close();
        });
    provider.start();
    try {
      Files.createDirectories(shell.loginFile().getParent());
      Files.writeString(
          shell.loginFile(),
          "{\"server\":\"%s\",\"token\":\"over\",\"renewal\":{\"token_url\":\"http://127.0.0.1:%d/\",\"client_id\":\"c\",\"refresh_token\":\"r0\"}}"
              .formatted(STACK.fleetcast().uri(), provider.getAddress().getPort()));

      Outcome both =
          shell.line("fleetcast devices & fleetcast devices && wait $! && echo both were well");

      assertThat(both.err()).isEmpty();
      assertThat(both.out()).last().isEqualTo("both were well");
      assertThat(shown).hasValue(1);
      assertThat(Files.readString(shell.loginFile())).contains(token, "\"r1\"");
    } finally {
      provider.stop(0);
    }
  }

  /** Whether a process waits for the lock of the login, as Linux says. */
  private boolean somebodyWaits() throws IOException {
    Path lock = shell.loginFile().resolveSibling("login.lock");
    if (!Files.exists(lock)) {
      return false;
    }
    String inode = ":" + Files.getAttribute(lock, "unix:ino") + " ";
    return Files.readAllLines(Path.of("/proc/locks")).stream()
        .anyMatch(line -> line.contains("->") && line.contains(inode));
  }

  @Test
  void what_cannot_be_done_is_one_sentence_and_an_exit_code() throws Exception {
    Outcome wrong = shell.run("logs", "x", "--fleet");
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.err())
        .hasSize(2)
        .last()
        .isEqualTo("'fleetcast logs --help' shows what it can do.");
    assertThat(shell.run("logs", "x", "--tail", "1001").exit()).isEqualTo(2);
    assertThat(shell.run("logs", "x", "-f", "--until", "1h").exit()).isEqualTo(2);
    assertThat(shell.run("logs", "x", "--level", "loud").exit()).isEqualTo(2);

    String nobody = "http://localhost:" + Ports.free();
    Outcome away = shell.run("devices", "--server", nobody);
    assertThat(away.err()).containsExactly("fleetcast: " + nobody + " cannot be reached");
    assertThat(away.exit()).isEqualTo(1);
    assertThat(shell.run("devices", "--server", "ftp://x").err())
        .singleElement()
        .asString()
        .contains("'ftp://x' is no address of a server");

    shell.run("login");
    assertThat(shell.run("logs", "nobody.knows").err())
        .containsExactly(
            "fleetcast: No device has the id, key, entity id or name 'nobody.knows': see"
                + " 'fleetcast devices'");
  }

  @Tag("long")
  @Test
  void the_log_of_a_device_is_shown_by_level_text_and_time_and_as_it_was_sent() throws Exception {
    Sensor sensor = Sensor.registered();
    shell.run("login");
    sensor.publish("\u001b[31mE (1) boot: no \u0085 power\u001b[0m", "I (2) boot: fine");
    sensor.publish(
        Json.createObjectBuilder().add("message", "half").add("n", 0.5).add("level", "W"));
    Awaitility.await()
        .atMost(SOON)
        .until(() -> shell.run("logs", sensor.entityId()).out().size() == 3);

    List<String> lines = shell.run("logs", "" + sensor.id()).out();
    assertThat(lines.get(0)).matches("\\S{27} E E \\(1\\) boot: no \\\\u0085 power");
    assertThat(lines.get(1)).endsWith("Z I I (2) boot: fine");
    assertThat(lines.get(2)).endsWith("Z W half");
    assertThat(shell.run("logs", sensor.name(), "--tail", "1").out()).containsExactly(lines.get(2));
    assertThat(shell.run("logs", sensor.name(), "--level", "warning").out())
        .containsExactly(lines.get(0), lines.get(2));
    assertThat(shell.run("logs", sensor.name(), "--grep", "FINE").out())
        .containsExactly(lines.get(1));
    assertThat(shell.run("logs", sensor.name(), "--field", "n:0.5").out())
        .containsExactly(lines.get(2));
    assertThat(shell.run("logs", sensor.name(), "--without-field", "n:0.5").out())
        .containsExactly(lines.get(0), lines.get(1));
    assertThat(shell.run("logs", sensor.name(), "--since", "10m").out()).isEqualTo(lines);
    assertThat(shell.run("logs", sensor.name(), "--since", "2d", "--until", "1d").out()).isEmpty();
    String last = shell.run("logs", sensor.name(), "--tail", "1", "-o", "json").out().get(0);
    JsonObject sent = Json.createReader(new StringReader(last)).readObject();
    assertThat(sent.getString("entity_id")).isEqualTo(sensor.entityId());
    assertThat(sent.getString("@timestamp") + " W half").isEqualTo(lines.get(2));
    assertThat(sent.getJsonNumber("n").toString()).isEqualTo("0.5");

    assertThat(shell.run("logs", "--fleet", "--grep", "half", "--since", "10m").out())
        .contains(lines.get(2).replace(" half", " " + sensor.entityId() + " half"));
    assertThat(shell.line("fleetcast logs --fleet --since 10m | head -1; exit ${PIPESTATUS[0]}"))
        .satisfies(cut -> assertThat(cut.exit()).isZero())
        .satisfies(cut -> assertThat(cut.err()).isEmpty());
  }

  @Test
  void devices_and_dead_letters_are_listed() throws Exception {
    Sensor sensor = Sensor.registered();
    shell.run("login");
    Outcome devices = shell.run("devices");
    assertThat(devices.out().get(0)).matches("ID +KEY +ENTITY +NAME +ROTATION +ACTIVE");
    assertThat(devices.out())
        .anyMatch(
            row ->
                row.matches(
                    "%d +[a-z2-7]{8} +%s +%s +OK +true"
                        .formatted(sensor.id(), sensor.entityId(), sensor.name())));
    assertThat(shell.run("devices", "-o", "json").out())
        .anyMatch(row -> row.contains("\"device_entity_id\":\"" + sensor.entityId() + "\""));

    try (MqttPublisher device = MqttPublisher.connected(STACK.broker().uri())) {
      device.publish(TOPIC, "{\"entity_id\":\"" + sensor.entityId() + "\",\"\u001b[2J\":NaN}");
    }
    Awaitility.await()
        .atMost(SOON)
        .until(() -> shell.run("dead-letters", sensor.entityId()).out().size() == 1);
    assertThat(shell.run("dead-letters", sensor.entityId()).out().get(0))
        .contains(" " + sensor.entityId() + " ", "\\u001b[2J");
    assertThat(shell.run("dead-letters", sensor.entityId(), "-o", "json").out().get(0))
        .startsWith("{")
        .contains("\"encoding\":\"text\"")
        .doesNotContain("\u001b");
  }

  @Test
  void doctor_finds_nothing_wrong_here_and_a_broker_that_is_not_there() throws Exception {
    shell.run("login");
    // A part that another test took away may be found again a little later.
    Outcome well =
        Awaitility.await()
            .atMost(SOON)
            .until(() -> shell.run("doctor"), outcome -> outcome.exit() == 0);
    assertThat(well.out()).noneMatch(line -> line.startsWith("BAD"));
    for (String part :
        List.of("server", "clock", "broker", "journal", "elasticsearch", "database", "login")) {
      assertThat(well.out()).anyMatch(line -> line.matches("OK +" + part + " .+"));
    }

    Outcome ill = shell.with("MQTT_URL", "mqtt://localhost:" + Ports.free()).run("doctor");
    assertThat(ill.out()).anyMatch(line -> line.matches("BAD +broker .+ nobody listens there"));
    assertThat(ill.exit()).isEqualTo(1);
    String nobody = "http://localhost:" + Ports.free();
    assertThat(shell.run("doctor", "--server", nobody).out().get(0))
        .isEqualTo("BAD   server         " + nobody + " cannot be reached");
  }

  @Tag("long")
  @Test
  void doctor_logs_in_as_the_server_would_and_says_who_refuses_it() throws Exception {
    shell.run("login");
    Path password = Files.writeString(folder.resolve("password"), "s3cret-of-the-broker\n");
    try (Mosquitto guarded = Mosquitto.withUser("fleet", "s3cret-of-the-broker");
        Postgres database = Postgres.started()) {
      shell
          .with("MQTT_URL", guarded.url())
          .with("MQTT_USERNAME", "fleet")
          .with("MQTT_PASSWORD_FILE", password.toString())
          .with("ELASTICSEARCH_URL", STACK.elasticsearch().uri().toString())
          .with("DATABASE_URL", database.url())
          .with("DATABASE_USERNAME", database.user())
          .with("DATABASE_PASSWORD", database.password());
      Outcome well = shell.run("doctor");
      assertThat(well.out())
          .anyMatch(line -> line.matches("OK +broker +It lets us in as fleet, and to " + TOPIC))
          .anyMatch(line -> line.matches("OK +elasticsearch +It asks nobody for a login"))
          .anyMatch(line -> line.matches("OK +database +It lets postgres in, who may create.*"));
      assertThat(well.exit()).isZero();
      assertThat(well.out() + "" + well.err()).doesNotContain("s3cret");

      Files.writeString(password, "another");
      String nowhere = database.url().replace("/postgres?", "/nowhere?");
      Outcome ill = shell.with("DATABASE_URL", nowhere).run("doctor");
      assertThat(ill.out())
          .anyMatch(line -> line.matches("BAD +broker +It refuses us as fleet: .+"))
          .anyMatch(line -> line.matches("BAD +database +It has no database of that name"));
      assertThat(ill.exit()).isEqualTo(1);
    }
  }

  @Test
  void a_shell_completes_commands_options_and_values() throws Exception {
    String script = Shell.SCRIPT.resolveSibling("tools/fleetcast/completion.sh").toString();
    assertThat(Files.readString(Path.of(script)).strip())
        .isEqualTo(String.join("\n", shell.run("completion").out()).strip());
    assertThat(completed(script, "fleetcast", "lo")).contains("login", "logout", "logs");
    assertThat(completed(script, "fleetcast", "logs", "--fo")).containsExactly("--follow");
    assertThat(completed(script, "fleetcast", "logs", "--output", "")).contains("text", "json");
  }

  private List<String> completed(String script, String... words) throws Exception {
    String line =
        "source %s; COMP_WORDS=('%s'); COMP_CWORD=%d; _complete_fleetcast; printf '%%s\\n' ${COMPREPLY[@]}"
            .formatted(script, String.join("' '", words), words.length - 1);
    return shell.line(line).out();
  }

  private String token() throws Exception {
    return Json.createReader(new StringReader(Files.readString(shell.loginFile())))
        .readObject()
        .getString("token");
  }

  private static void nobodyIsSignedIn(Outcome outcome) {
    assertThat(outcome.exit()).isEqualTo(3);
    assertThat(outcome.err())
        .singleElement()
        .asString()
        .startsWith("fleetcast: You are not signed in at ");
  }
}
