package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;
import org.fleetcast.command.Login.Renewal;
import org.jspecify.annotations.Nullable;

/** What a command shows to the server: a token that it was given, or that of the login. */
final class Tokens {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final String server;
  private final @Nullable String given;
  private final LoginFile file;
  private final Http http;
  private @Nullable String shown;

  /**
   * For one server.
   *
   * @param given the token to show; null: that of the login that the file keeps
   */
  Tokens(String server, @Nullable String given, LoginFile file, Http http) {
    this.server = server;
    this.given = given;
    this.file = file;
    this.http = http;
  }

  /** The token to show; empty when there is none for this server. */
  Optional<String> token() throws Failure {
    if (given != null) {
      return Optional.of(given);
    }
    shown = kept().map(Login::token).orElse(null);
    return Optional.ofNullable(shown);
  }

  /**
   * The token to show after the one before was refused; empty when there is no other. Another
   * command may have been quicker, so the file is read again.
   */
  Optional<String> renewed() throws Failure {
    return given != null || kept().isEmpty() ? Optional.empty() : file.alone(this::next);
  }

  private Optional<String> next() throws Failure {
    Optional<Login> kept = kept();
    if (kept.isPresent() && !kept.get().token().equals(shown)) {
      return token();
    }
    Renewal renewal = kept.map(Login::renewal).orElse(null);
    if (renewal == null) {
      return Optional.empty();
    }
    Http.Answer answer = http.send(Http.form(renewal.tokenUrl(), renewal.form()), LIMIT);
    if (answer.status() >= 500 || answer.status() == 429) { // it says nothing of the login
      throw new Failure(
          Failure.Kind.AWAY,
          "%s renews no login now (%d)".formatted(Http.place(renewal.tokenUrl()), answer.status()));
    }
    if (answer.status() != 200) {
      return Optional.empty();
    }
    file.write(login(server, answer.json(), renewal));
    return token();
  }

  /** The login that an issuer's answer stands for. */
  static Login login(String server, JsonNode answer, Renewal renewal) {
    return new Login(server, answer.path("access_token").asText(), renewal.after(answer));
  }

  private Optional<Login> kept() throws Failure {
    return file.read().filter(login -> login.server().equals(server));
  }
}
