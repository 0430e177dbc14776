package org.fleetcast.command;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code fleetcast completion}: the script by which a shell completes this command. */
@Command(
    name = "completion",
    description = "Prints the completion for bash and zsh: source <(fleetcast completion)")
final class CompletionCommand implements Callable<Integer> {
  private final Environment environment;

  @Spec private CommandSpec spec;

  CompletionCommand(Environment environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    String script = AutoComplete.bash(spec.root().name(), spec.root().commandLine());
    environment.terminal().line(script.stripTrailing());
    return 0;
  }
}
