package org.fleetcast.command;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which server is meant, for every command that asks one. */
final class ServerOptions {
  private static final String DEFAULT = "http://localhost:9080";

  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "The server's address. Else $FLEETCAST_URL, the one that you signed in at, or"
              + " http://localhost:9080.")
  private @Nullable String server;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description =
          "For https: a PEM file with the authority to trust. Else $FLEETCAST_CA_FILE, or those"
              + " of the JDK.")
  private @Nullable String authorities;

  /** What requests are sent with. */
  Http http(Environment environment) throws Failure {
    return new Http(
        Optional.ofNullable(authorities).or(() -> environment.variable("FLEETCAST_CA_FILE")));
  }

  /** The address that was chosen. */
  URI address(Environment environment) throws Failure {
    Optional<String> chosen =
        Optional.ofNullable(server).or(() -> environment.variable("FLEETCAST_URL"));
    if (chosen.isEmpty()) {
      chosen = environment.loginFile().read().map(Login::server);
    }
    return checked(chosen.orElse(DEFAULT));
  }

  /** The server, and the token for it that the environment or the login has. */
  Server server(Environment environment) throws Failure {
    String token = environment.variable("FLEETCAST_TOKEN").orElse(null);
    return server(environment, token, http(environment));
  }

  /** The server with this token in place of the login's. */
  Server server(Environment environment, @Nullable String token, Http http) throws Failure {
    URI address = address(environment);
    return new Server(
        address, http, new Tokens(address.toString(), token, environment.loginFile(), http));
  }

  private static URI checked(String text) throws Failure {
    try {
      URI address = new URI(text.strip().replaceAll("/+$", ""));
      boolean web = List.of("http", "https").contains(String.valueOf(address.getScheme()));
      boolean plain = address.getRawQuery() == null && address.getRawUserInfo() == null;
      if (web && plain && address.getHost() != null && address.getPort() < 65_536) {
        return address;
      }
    } catch (URISyntaxException malformed) {
      throw noAddress(text);
    }
    throw noAddress(text);
  }

  private static Failure noAddress(String text) {
    return Failure.refused(
        "'" + text + "' is no address of a server: it looks like https://fleetcast.example.org");
  }
}
