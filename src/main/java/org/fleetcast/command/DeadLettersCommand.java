package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.fleetcast.live.PrintableJson;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fleetcast dead-letters}: the lines that could not be read or stored. */
@Command(
    name = "dead-letters",
    description = "Shows the lines that could not be read or stored, and why.")
final class DeadLettersCommand implements Callable<Integer> {
  private static final int WIDEST = 160;

  private final Environment environment;

  @Spec private CommandSpec spec;
  @Mixin private ServerOptions options;
  @Mixin private PeriodOptions period;
  @Mixin private OutputOptions output;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "DEVICE",
      description = "Only those of that device.")
  private @Nullable String device;

  @Option(
      names = "--tail",
      paramLabel = "N",
      defaultValue = "100",
      description = "The newest N of them, ${DEFAULT-VALUE} by default.")
  private int tail;

  DeadLettersCommand(Environment environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws Failure {
    if (tail < 0) {
      throw new ParameterException(spec.commandLine(), "--tail must be 0 or more");
    }
    List<JsonNode> newestFirst = letters(options.server(environment));
    Collections.reverse(newestFirst);
    newestFirst.forEach(
        letter ->
            environment
                .terminal()
                .line(output.isJson() ? PrintableJson.of(letter.toString()) : text(letter)));
    return 0;
  }

  private List<JsonNode> letters(Server server) throws Failure {
    String query = query(server);
    List<JsonNode> letters = new ArrayList<>();
    String cursor = null;
    do {
      String next = cursor == null ? "" : "&cursor=" + Http.encoded(cursor);
      JsonNode page = server.get("/api/dead-letters?" + query + next);
      page.path("dead_letters").forEach(letters::add);
      cursor = page.path("has_more").asBoolean() ? page.path("next_cursor").textValue() : null;
    } while (cursor != null && letters.size() < tail);
    return new ArrayList<>(letters.subList(0, Math.min(tail, letters.size())));
  }

  private String query(Server server) throws Failure {
    List<String> parts = new ArrayList<>();
    if (device != null) {
      parts.add("device_id=" + DeviceNames.of(server).find(device).path("id").asInt());
    }
    if (period.since() != null) {
      parts.add("start=" + period.since());
    }
    if (period.until() != null) {
      parts.add("end=" + period.until());
    }
    return String.join("&", parts);
  }

  private static String text(JsonNode letter) {
    String raw = letter.path("raw").asText();
    String begin = raw.substring(0, Math.min(WIDEST, raw.length()));
    return Terminal.safe(
        "%s %s %s: %s%s"
            .formatted(
                letter.path("timestamp").asText(),
                letter.path("entity_id").asText("-"),
                letter.path("reason").asText(),
                begin,
                begin.length() < raw.length() ? "…" : ""));
  }
}
