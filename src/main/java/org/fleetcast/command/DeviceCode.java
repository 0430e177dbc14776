package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Map;
import org.fleetcast.command.Login.Renewal;

/**
 * Signing in with a browser that may be anywhere, by a code that is shown here: the device
 * authorization grant of RFC 8628.
 */
final class DeviceCode {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String GRANT = "urn:ietf:params:oauth:grant-type:device_code";
  private static final int SLOWER = 5;

  private final Http http;
  private final URI issuer;
  private final String clientId;
  private final Terminal terminal;

  /**
   * At a provider.
   *
   * @param clientId a public client of it that may use this grant
   */
  DeviceCode(Http http, URI issuer, String clientId, Terminal terminal) {
    this.http = http;
    this.issuer = issuer;
    this.clientId = clientId;
    this.terminal = terminal;
  }

  /** Shows the code, and waits until somebody has confirmed it. */
  Login login(String server) throws Failure {
    JsonNode provider = discovered();
    URI authorization = endpoint(provider, "device_authorization_endpoint");
    URI token = endpoint(provider, "token_endpoint");
    Map<String, String> asked = Map.of("client_id", clientId, "scope", "openid");
    Http.Answer code = http.send(Http.form(authorization, asked), LIMIT);
    if (code.status() != 200) {
      throw Failure.refused(
          "The provider refuses this way of signing in for the client " + clientId + why(code));
    }
    show(code.json());
    JsonNode answer = confirmed(token, code.json());
    return Tokens.login(server, answer, new Renewal(token, clientId, null, null));
  }

  private JsonNode discovered() throws Failure {
    String base = withoutSlash(issuer.toString());
    URI address = URI.create(document(issuer.toString()));
    Http.Answer answer = http.send(HttpRequest.newBuilder(address).GET(), LIMIT);
    if (answer.status() != 200 || !answer.json().path("issuer").asText().startsWith(base)) {
      throw Failure.refused("What answers at " + address + " is not the OpenID provider");
    }
    return answer.json();
  }

  /** Where a provider describes itself, as OpenID Connect Discovery has it. */
  static String document(String issuer) {
    return withoutSlash(issuer) + "/.well-known/openid-configuration";
  }

  private static String withoutSlash(String address) {
    return address.replaceAll("/+$", "");
  }

  private static URI endpoint(JsonNode provider, String name) throws Failure {
    String address = provider.path(name).asText();
    if (address.isEmpty()) {
      throw Failure.refused(
          "The provider has no " + name + ": sign in with 'fleetcast login --token'");
    }
    return URI.create(address);
  }

  private void show(JsonNode code) {
    String whole = code.path("verification_uri_complete").asText();
    String page = whole.isEmpty() ? code.path("verification_uri").asText() : whole;
    terminal.tell("Open " + page);
    terminal.tell("and confirm the code " + code.path("user_code").asText());
  }

  private JsonNode confirmed(URI token, JsonNode code) throws Failure {
    long interval = Math.max(1, code.path("interval").asLong(SLOWER));
    Map<String, String> form =
        Map.of(
            "grant_type", GRANT,
            "client_id", clientId,
            "device_code", code.path("device_code").asText());
    while (true) {
      pause(interval);
      Http.Answer answer = http.send(Http.form(token, form), LIMIT);
      if (answer.status() == 200) {
        return answer.json();
      }
      switch (answer.json().path("error").asText()) {
        case "authorization_pending" -> {}
        case "slow_down" -> interval += SLOWER;
        case "access_denied" -> throw Failure.refused("The sign-in was refused");
        case "expired_token" -> throw Failure.refused("Nobody confirmed the code in time");
        default -> throw Failure.refused("The provider gave no token" + why(answer));
      }
    }
  }

  private static void pause(long seconds) throws Failure {
    try {
      Thread.sleep(Duration.ofSeconds(seconds).toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.AWAY, "Interrupted", interrupted);
    }
  }

  private static String why(Http.Answer answer) {
    String error = answer.json().path("error").asText();
    String more = answer.json().path("error_description").asText();
    return ": " + answer.status() + " " + error + (more.isEmpty() ? "" : " (" + more + ")");
  }
}
