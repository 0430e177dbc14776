package org.fleetcast.command;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import org.fleetcast.live.LogLevel;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** The command {@code fleetcast}, from a terminal to a server. */
@Command(
    name = "fleetcast",
    description = "Shows what a fleet of devices is doing right now.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:it failed, or was refused, or a check of doctor found something",
      "2:it was called in a way that it does not know",
      "3:nobody is signed in, or no longer: fleetcast login",
      "130:it was ended by Ctrl-C",
    },
    footer = {"", "'fleetcast COMMAND --help' shows what a command can do."})
public final class Fleetcast {
  private static final int WRONG_USE = 2;
  private static final int FAILED = 1;

  private final Environment environment;

  Fleetcast(Environment environment) {
    this.environment = environment;
  }

  /** Ends with one of the exit codes that {@code fleetcast --help} lists. */
  public static void main(String[] arguments) {
    Terminal terminal = Terminal.ofProcess();
    Environment environment = new Environment(terminal, System.getenv(), Clock.systemUTC());
    int exitCode = new Fleetcast(environment).commandLine().execute(arguments);
    terminal.out().flush();
    terminal.err().flush();
    System.exit(exitCode);
  }

  /** The command with all that it can do. */
  CommandLine commandLine() {
    CommandLine line =
        new CommandLine(this)
            .addSubcommand(new LoginCommand(environment))
            .addSubcommand(new LogoutCommand(environment))
            .addSubcommand(new LogsCommand(environment))
            .addSubcommand(new DevicesCommand(environment))
            .addSubcommand(new RotateCommand(environment))
            .addSubcommand(new DeadLettersCommand(environment))
            .addSubcommand(new DoctorCommand(environment))
            .addSubcommand(new CompletionCommand(environment));
    line.getSubcommands().values().forEach(Fleetcast::helps);
    helps(line);
    return line.setOut(new PrintWriter(environment.terminal().out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(environment.terminal().err(), true, StandardCharsets.UTF_8))
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(
                environment.terminal().coloured() ? Ansi.ON : Ansi.OFF))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(Instant.class, new WrittenTime(environment.clock()))
        .registerConverter(LogLevel.class, Fleetcast::level)
        .setParameterExceptionHandler((wrong, given) -> misused(wrong))
        .setExecutionExceptionHandler((thrown, command, parsed) -> failed(thrown));
  }

  private static void helps(CommandLine line) {
    line.getCommandSpec()
        .addOption(
            CommandLine.Model.OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Shows this.")
                .build());
  }

  private static LogLevel level(String text) {
    LogLevel level = LogLevel.of(text);
    if (level == null) {
      throw new TypeConversionException("'" + text + "' is none of E, W, I, D, V");
    }
    return level;
  }

  private int misused(ParameterException wrong) {
    String name = wrong.getCommandLine().getCommandSpec().qualifiedName();
    environment.terminal().tell(name + ": " + wrong.getMessage());
    environment.terminal().tell("'" + name + " --help' shows what it can do.");
    return WRONG_USE;
  }

  private int failed(Exception thrown) {
    if (thrown instanceof Failure failure) {
      environment.terminal().tell("fleetcast: " + failure.sentence());
      return failure.exitCode();
    }
    environment.terminal().tell("fleetcast: this is a fault of the command itself: " + thrown);
    return FAILED;
  }
}
