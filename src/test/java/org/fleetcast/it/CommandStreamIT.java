package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;

import jakarta.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.fleetcast.it.Command.Outcome;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Proxy;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command {@code fleetcast} shows while it happens. */
class CommandStreamIT {
  private static final SharedStack STACK = SharedStack.get();

  /** The longest pauses between some tries, and the time of each. */
  private static final Duration BACK = Duration.ofSeconds(120);

  @TempDir Path folder;

  private final Sensor sensor = Sensor.registered();
  private Shell shell;

  @BeforeEach
  void signIn() throws Exception {
    shell = new Shell(folder, STACK.fleetcast().uri());
    assertThat(shell.run("login").exit()).isZero();
  }

  @Test
  void following_shows_the_last_lines_then_each_new_one_until_it_is_interrupted() throws Exception {
    sensor.publish(Sensor.numbered("before", 3));
    stored(3);
    try (Shell.Running log = shell.start("logs", sensor.entityId(), "-f", "--tail", "2")) {
      shown(log, "before 0001", "before 0002");
      sensor.publish(Sensor.numbered("live", 2));
      shown(log, "before 0001", "before 0002", "live 0000", "live 0001");
      assertThat(log.interrupted()).isEqualTo(130);
      assertThat(log.err()).isEmpty();
    }
  }

  @Test
  void a_filter_holds_for_what_was_and_for_what_comes() throws Exception {
    sensor.publish("W (1) a: old warning", "I (2) a: old word");
    stored(2);
    try (Shell.Running log = shell.start("logs", sensor.entityId(), "-f", "--level", "W")) {
      shown(log, "W (1) a: old warning");
      sensor.publish("I (3) a: new word", "E (4) a: new error");
      shown(log, "W (1) a: old warning", "E (4) a: new error");
    }
  }

  @Test
  void a_network_that_breaks_loses_and_doubles_nothing() throws Exception {
    try (Proxy network = Proxy.before(STACK.fleetcast().uri())) {
      shell = new Shell(folder, network.uri());
      shell.run("login");
      try (Shell.Running log = shell.start("logs", sensor.entityId(), "-f", "--tail", "0")) {
        List<String> all = new ArrayList<>(List.of("before"));
        awaitSubscribed();
        sensor.publish("before");
        shown(log, "before"); // so that it knows that it has subscribed
        for (String part : List.of("first", "second", "third")) {
          List<String> lines = Sensor.numbered(part, 20);
          all.addAll(lines);
          sensor.publishApart(lines.subList(0, 10));
          network.cut();
          sensor.publishApart(lines.subList(10, 20));
          network.mend();
          shown(log, all.toArray(String[]::new));
        }
        assertThat(log.err()).contains("Connected again");
      }
    }
  }

  @Test
  void what_was_logged_since_a_time_is_joined_to_what_comes() throws Exception {
    List<String> before = Sensor.numbered("since", 1_500);
    sensor.publish(before);
    stored(10);
    Thread flow =
        new Thread(() -> Sensor.numbered("flow", 200).forEach(line -> sensor.publish(line)));
    flow.start();
    try (Shell.Running log = shell.start("logs", sensor.entityId(), "-f", "--since", "10m")) {
      flow.join();
      shown(
          log,
          Stream.concat(before.stream(), Sensor.numbered("flow", 200).stream())
              .toArray(String[]::new));
    }
  }

  @Test
  void the_json_of_a_line_is_the_same_live_and_stored() throws Exception {
    String[] follow = {"logs", sensor.entityId(), "-f", "--tail", "0", "-o", "json"};
    try (Shell.Running log = shell.start(follow)) {
      awaitSubscribed();
      sensor.publish(
          Json.createObjectBuilder()
              .add("message", "E (1) a: m\u0085\u2028")
              .add("level", "error")
              .add("more", Json.createArrayBuilder().add(1.50).add("\u001b")));
      Awaitility.await().atMost(SOON).until(() -> log.out().size() == 1);
      assertThat(log.out().get(0)).contains("\\u0085", "\\u2028").doesNotContain("\u001b");
      assertThat(shell.run("logs", sensor.entityId(), "-o", "json").out()).isEqualTo(log.out());
    }
  }

  @Test
  void a_terminal_gets_colours_unless_somebody_wants_none() throws Exception {
    sensor.publish("E (1) a: red\u001b[2J", "I (2) a: plain");
    stored(2);
    String command = Shell.SCRIPT + " logs " + sensor.entityId();
    assertThat(terminal(command).out())
        .anyMatch(line -> line.matches("\u001b\\[31m\\S{27} E E \\(1\\) a: red\u001b\\[0m"))
        .anyMatch(line -> line.matches("\\S{27} I I \\(2\\) a: plain"));
    shell.with("NO_COLOR", "1");
    assertThat(terminal(command).out()).noneMatch(line -> line.contains("\u001b"));
  }

  @Test
  void a_rotation_is_watched_until_it_is_done() throws Exception {
    Api editor = Operator.editor(STACK.fleetcast()).api();
    JsonDevice device = JsonDevice.of(editor, sensor.id());
    try (Shell.Running rotation = shell.start("rotate", sensor.entityId(), "--watch")) {
      Awaitility.await().atMost(SOON).until(() -> rotation.out().toString().contains("PENDING"));
      device.unit(STACK.fleetcast().uri()).rotates();
      assertThat(rotation.process().onExit().get().exitValue()).isZero();
      assertThat(rotation.out().get(0)).isEqualTo("Queued: " + device.title());
      assertThat(rotation.out()).contains(device.title() + ": PENDING -> OK");
      assertThat(rotation.out()).last().isEqualTo("Done: 1, timed out: 0");
    }
  }

  /** Runs a command in a terminal; what it shows has the terminal's line ends. */
  private Outcome terminal(String command) throws Exception {
    return shell.line("script -qec '" + command + "' /dev/null | tr -d '\\r'");
  }

  private void stored(int count) {
    Awaitility.await()
        .atMost(SOON)
        .until(
            () ->
                Operator.editor(STACK.fleetcast())
                        .logs(sensor.id(), "")
                        .json()
                        .getJsonArray("logs")
                        .size()
                    >= count);
  }

  private void awaitSubscribed() {
    Api editor = Operator.editor(STACK.fleetcast()).api();
    Awaitility.await()
        .atMost(SOON)
        .until(
            () ->
                editor
                    .get("/api/device-logs/subscriptions?device_id=" + sensor.id())
                    .body()
                    .contains("cli-"));
  }

  /** Waits until it shows lines that end with these, and no others. */
  private static void shown(Shell.Running log, String... ends) {
    Awaitility.await()
        .atMost(BACK)
        .untilAsserted(
            () ->
                assertThat(log.out().stream().map(line -> line.substring(30)).toList())
                    .containsExactly(ends));
  }

  /** The sensor as the registry has it. */
  private record JsonDevice(int id, String key, String name, String clientId, String secret) {
    static JsonDevice of(Api editor, int id) {
      var device = editor.get("/api/devices/" + id).json();
      return new JsonDevice(
          id,
          device.getString("key"),
          device.getString("device_name"),
          device.getString("client_id"),
          editor.get("/api/devices/" + id + "/provisioning").json().getString("client_secret"));
    }

    String title() {
      return key + " " + name;
    }

    FleetDevice unit(java.net.URI server) {
      return new FleetDevice(server, id, key, clientId, secret);
    }
  }
}
