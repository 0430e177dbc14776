package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.fleetcast.command.Login.Renewal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fleetcast login}: gets a token, and keeps it. */
@Command(
    name = "login",
    description = "Signs in, and keeps the login in $XDG_CONFIG_HOME/fleetcast.",
    footer = {
      "",
      "At a server with an OpenID provider you confirm a code in a browser. A server with"
          + " the local login asks for nothing. $FLEETCAST_TOKEN is used in place of a login.",
    })
final class LoginCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Environment environment;

  @Mixin private ServerOptions options;

  @Option(
      names = "--token",
      arity = "0",
      description = "Keeps a token that you already have: it is asked for, or read from stdin.")
  private boolean ownToken;

  @Option(
      names = "--client-id",
      paramLabel = "ID",
      defaultValue = "fleetcast-cli",
      description = "The client at the provider. ${DEFAULT-VALUE} by default.")
  private String clientId;

  LoginCommand(Environment environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws Failure {
    Http http = options.http(environment);
    URI address = options.address(environment);
    Login login = ownToken ? new Login(address.toString(), ask(), null) : granted(http, address);
    JsonNode self = options.server(environment, login.token(), http).get("/api/auth/self");
    environment.loginFile().write(login);
    List<String> roles = new ArrayList<>();
    self.path("roles").forEach(role -> roles.add(role.asText()));
    environment
        .terminal()
        .tell(
            "Signed in at %s as %s (%s)"
                .formatted(address, self.path("subject").asText(), String.join(", ", roles)));
    return 0;
  }

  private String ask() throws Failure {
    String token = SecretInput.read("Token: ");
    if (token.isEmpty()) {
      throw Failure.refused("There was no token to read");
    }
    return token;
  }

  private Login granted(Http http, URI address) throws Failure {
    Server stranger = options.server(environment, null, http);
    URI asked = stranger.at("/api/auth/provider");
    JsonNode provider = http.send(HttpRequest.newBuilder(asked).GET(), LIMIT).json();
    String issuer = provider.path("issuer").textValue();
    if (issuer != null) {
      return new DeviceCode(http, URI.create(issuer), clientId, environment.terminal())
          .login(address.toString());
    }
    if (!provider.path("local_login").asBoolean()) {
      throw Failure.refused(
          "%s tells no OpenID provider and has no local login: 'fleetcast login --token'"
              .formatted(address));
    }
    return local(http, stranger.at("/api/auth/token"), address);
  }

  /** The local login's client for terminals, whose secret is no secret. */
  private static Login local(Http http, URI tokenUrl, URI address) throws Failure {
    Renewal renewal = new Renewal(tokenUrl, "fleetcast-cli", "local", null);
    Http.Answer answer = http.send(Http.form(tokenUrl, renewal.form()), LIMIT);
    if (answer.status() != 200) {
      throw Failure.refused(answer.sentence());
    }
    return Tokens.login(address.toString(), answer.json(), renewal);
  }
}
