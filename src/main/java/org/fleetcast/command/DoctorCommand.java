package org.fleetcast.command;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fleetcast doctor}: what is wrong, and what to do about it. */
@Command(
    name = "doctor",
    description = "Looks at everything that has to work, and says what to do where it does not.",
    footer = {
      "",
      "It asks the server how its parts are, and compares the clocks. Run where the server's"
          + " settings are in the environment, it also looks at their names, whether what they name"
          + " can be reached from there, and logs in at the broker, Elasticsearch and PostgreSQL as"
          + " the server would.",
    })
final class DoctorCommand implements Callable<Integer> {
  private final Environment environment;

  @Mixin private ServerOptions options;

  DoctorCommand(Environment environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws Failure {
    Server server = options.server(environment);
    Http http = options.http(environment);
    List<Finding> findings =
        new ArrayList<>(new ServerChecks(server, http, environment.clock()).findings());
    findings.addAll(new PlaceChecks(environment).findings());
    findings.forEach(finding -> environment.terminal().line(finding.text()));
    return findings.stream().anyMatch(finding -> finding.state() == Finding.State.BAD) ? 1 : 0;
  }
}
