package org.fleetcast.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code fleetcast logout}: forgets the token. */
@Command(
    name = "logout",
    description = "Forgets the login. The token itself goes on until it is over.")
final class LogoutCommand implements Callable<Integer> {
  private final Environment environment;

  LogoutCommand(Environment environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws Failure {
    boolean was = environment.loginFile().delete();
    environment.terminal().tell(was ? "The login is forgotten" : "You were not signed in");
    return 0;
  }
}
