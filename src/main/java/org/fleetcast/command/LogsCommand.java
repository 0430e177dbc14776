package org.fleetcast.command;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import org.fleetcast.live.LogLevel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fleetcast logs}: what was logged, and what is being logged. */
@Command(
    name = "logs",
    description = "Shows the log of a device, or of the whole fleet.",
    footer = {
      "",
      "A device is named by its id, its key, or its entity id or name if no other has it.",
      "A time is one as 2026-02-16T10:30:00Z (without an offset it is UTC), or how long"
          + " ago: 90s, 15m, 2h, 3d.",
    })
final class LogsCommand implements Callable<Integer> {
  private static final int TAIL = 10;
  private static final int MOST_TAIL = 1000;

  private final Environment environment;

  @Spec private CommandSpec spec;
  @Mixin private ServerOptions options;
  @Mixin private PeriodOptions period;
  @Mixin private OutputOptions output;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Whose whose;

  @Option(
      names = {"-f", "--follow"},
      description = "Goes on with what is logged from now on, until Ctrl-C.")
  private boolean follow;

  @Option(
      names = "--tail",
      paramLabel = "N",
      description = "The last N lines, 0 to 1000. 10 when there is no --since.")
  private @Nullable Integer tail;

  @Option(
      names = "--level",
      paramLabel = "LEVEL",
      description = "Only lines of that level or a worse one: E, W, I, D or V.")
  private @Nullable LogLevel level;

  @Option(
      names = "--grep",
      paramLabel = "TEXT",
      description = "Only lines whose message contains that text, whatever the case.")
  private @Nullable String contains;

  @Option(
      names = "--field",
      paramLabel = "NAME:VALUE",
      description = "Only lines with that field. Given several times: one of a field's values.")
  private List<String> fields = List.of();

  @Option(
      names = "--without-field",
      paramLabel = "NAME:VALUE",
      description = "No lines with that field.")
  private List<String> withoutFields = List.of();

  LogsCommand(Environment environment) {
    this.environment = environment;
  }

  /** Whose log is wanted. */
  static final class Whose {
    @Parameters(index = "0", paramLabel = "DEVICE", description = "The device.")
    private @Nullable String device;

    @Option(names = "--fleet", description = "All devices, as one log.")
    private boolean fleet;
  }

  @Override
  public Integer call() throws Failure {
    check();
    Server server = options.server(environment);
    Selection selection = new Selection(device(server), level, contains, fields, withoutFields);
    LogPrinter printer = new LogPrinter(environment.terminal(), output.isJson(), whose.fleet);
    if (follow) {
      new LiveStream(server, environment.terminal(), RandomGenerator.getDefault())
          .read(new LogFollower(selection, server, printer, period.since(), tail()));
    } else {
      print(new History(server, selection), printer);
    }
    return 0;
  }

  private @Nullable Integer device(Server server) throws Failure {
    if (whose.fleet || whose.device == null) {
      return null;
    }
    return DeviceNames.of(server).find(whose.device).path("id").asInt();
  }

  private void check() {
    if (tail != null && period.since() != null) {
      throw wrong("--tail and --since exclude each other");
    }
    if (follow && period.until() != null) {
      throw wrong("--follow and --until exclude each other");
    }
    if (tail() < 0 || tail() > MOST_TAIL) {
      throw wrong("--tail must be between 0 and " + MOST_TAIL);
    }
  }

  private ParameterException wrong(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }

  private int tail() {
    return tail == null ? TAIL : tail;
  }

  private void print(History history, LogPrinter printer) throws Failure {
    Instant since = period.since();
    Instant until = period.until();
    if (since != null) {
      history.forward(since, until, printer::print);
    } else if (tail() > 0) {
      printer.print(history.last(tail(), until == null ? environment.clock().instant() : until));
    }
    environment.terminal().isGone();
  }
}
