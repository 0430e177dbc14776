package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.SseClient;

/**
 * What ends a line, or is a command to a terminal, wherever a device or a caller can write it: none
 * of it reaches a header, a stream, a download or the log as it is.
 */
final class HostileText {
  private static final List<String> CHARACTERS =
      List.of(
          "\r\n",
          "\n",
          "\r",
          "\0",
          "\u001b[2J",
          "\u009b2J",
          "\u0085",
          "\u2028",
          "\u2029",
          "\u007f");

  private static final String FORGED = "2026-01-01T00:00:00.000000Z I FORGED";

  private final Fleetcast server;
  private final Operator operator;

  HostileText(Fleetcast server) {
    this.server = server;
    this.operator = Operator.editor(server);
  }

  /**
   * Sends it.
   *
   * @param publish publishes a payload
   */
  void send(Consumer<String> publish) {
    String all = CHARACTERS.stream().map(c -> c + FORGED).collect(Collectors.joining());
    // In a registered entity NUL is refused.
    String name = CHARACTERS.stream().filter(c -> !c.equals("\0")).collect(Collectors.joining());
    String entity = Operator.unique("hostile").concat(name);
    int device = operator.device(entity);
    try (SseClient stream = operator.follow(device, "?tail=0")) {
      publish.accept(line(entity, all));
      String event = stream.await(SOON, "device-logs").data();
      assertThat(event).contains("FORGED", "\\u001B", "\\u009b2J", "\\u2028");
      isPrintable(event);
    }
    Awaitility.await().atMost(SOON).until(() -> !download(device).isEmpty());
    String download = download(device);
    assertThat(download.lines()).singleElement().asString().contains("FORGED");
    isPrintable(download.strip());
    for (String path : List.of("/logs", "/logs?fields=*", "/logs?fields=sgr")) {
      isPrintable(json("/api/devices/" + device + path));
    }
    isPrintable(json("/api/logs?contains=forged"));
    String details = "/api/devices/activity/details?device_id=" + device;
    Awaitility.await()
        .atMost(SOON)
        .until(() -> operator.api().get(details).body().contains("FORGED"));
    isPrintable(json(details));
    hasPrintableDeadLetters(publish);
    for (String text : CHARACTERS) {
      ask(encoded("x" + text + FORGED));
    }
    assertThat(logs()).noneMatch(line -> line.startsWith("2026-01-01T00:00:00"));
    assertThat(String.join("", logs())).doesNotContain("\u001b", "\u009b", "\u2028", "\u0085");
  }

  private void hasPrintableDeadLetters(Consumer<String> publish) {
    String mark = Operator.unique("dead");
    publish.accept("{" + mark + " \u009b2J \u0085 \u2028 \u007f\n");
    String letters = "/api/dead-letters";
    Awaitility.await().atMost(SOON).until(() -> operator.api().get(letters).body().contains(mark));
    isPrintable(json(letters));
  }

  /** An answer that has what was sent, escaped. */
  private String json(String path) {
    String body = operator.api().get(path).body();
    assertThat(body).as(path).contains("\\u0085");
    return body;
  }

  private static String line(String entity, String all) {
    JsonObject line =
        Json.createObjectBuilder()
            .add("entity_id", entity)
            .add("message", "m" + all)
            .add("tag", "t" + all)
            .add("level", "E" + all)
            .add("f" + all, all)
            .build();
    return line + "\n";
  }

  /** In every way in which a caller's text comes back, or is told of. */
  private void ask(String text) {
    Api browser = Api.at(server.uri());
    for (String path :
        List.of(
            "/api/auth/login?redirect=/" + text,
            "/api/auth/login?user=" + text,
            "/api/auth/logout?redirect=/" + text,
            "/api/sse/stream?request_id=" + text,
            "/api/devices/" + text,
            "/api/devices?rotation_state=" + text,
            "/api/" + text,
            "/" + text)) {
      for (Api caller : List.of(browser, operator.api())) {
        Api.Answer answer = caller.get(path);
        assertThat(answer.status()).as(path).isBetween(300, 499);
        answer.headers().map().values().forEach(values -> values.forEach(HostileText::isPrintable));
      }
    }
  }

  private String download(int device) {
    return operator.logs(device, "?format=text").body();
  }

  private List<String> logs() {
    try (Stream<Path> files = Files.list(server.logs())) {
      return files
          .filter(file -> file.endsWith("messages.log") || file.endsWith("console.log"))
          .flatMap(HostileText::lines)
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static void isPrintable(String text) {
    assertThat(text.chars().filter(HostileText::isCommand).boxed()).as(text).isEmpty();
  }

  private static boolean isCommand(int c) {
    return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
