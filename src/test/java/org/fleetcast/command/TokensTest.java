package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.fleetcast.command.Login.Renewal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTest {
  private static final String SERVER = "http://server";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  @SuppressWarnings("NullAway.Init")
  private HttpServer provider;

  private int status;

  @BeforeEach
  void provide() throws IOException {
    provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    provider.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    provider.start();
  }

  @AfterEach
  void end() {
    provider.stop(0);
  }

  @Test
  void a_provider_that_is_away_for_a_while_signs_nobody_out() throws Failure {
    Tokens tokens = tokens();

    for (int away : new int[] {429, 502, 503}) {
      status = away;
      assertThatThrownBy(tokens::renewed)
          .isInstanceOfSatisfying(
              Failure.class, failure -> assertThat(failure.isPassing()).isTrue())
          .hasMessageEndingWith(" renews no login now (" + away + ")");
    }
  }

  @Test
  void a_login_that_the_provider_refuses_is_over() throws Failure {
    status = 400;

    assertThat(tokens().renewed()).isEmpty();
  }

  private Tokens tokens() throws Failure {
    URI at = URI.create("http://localhost:" + provider.getAddress().getPort() + "/token");
    LoginFile file = new LoginFile(folder.resolve("login.json"));
    file.write(new Login(SERVER, "over", new Renewal(at, "fleetcast-cli", null, "refresh-me")));
    Tokens tokens = new Tokens(SERVER, null, file, new Http(Optional.empty()));
    assertThat(tokens.token()).contains("over");
    return tokens;
  }
}
