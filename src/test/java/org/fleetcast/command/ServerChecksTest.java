package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.fleetcast.command.Finding.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server as it is seen through a proxy, which forwards some of its addresses. */
class ServerChecksTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  @SuppressWarnings("NullAway.Init")
  private HttpServer proxy;

  private final Map<String, String> forwarded = new HashMap<>();

  @BeforeEach
  void open() throws IOException {
    proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    proxy.createContext(
        "/",
        exchange -> {
          String answer = forwarded.get(exchange.getRequestURI().getPath());
          byte[] body = String.valueOf(answer).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    proxy.start();
  }

  @AfterEach
  void end() {
    proxy.stop(0);
  }

  @Test
  void a_server_whose_health_a_proxy_keeps_inside_is_looked_at_as_far_as_it_is_seen()
      throws Failure {
    forwarded.put("/api/auth/provider", "{\"issuer\":null,\"local_login\":true}");
    forwarded.put("/api/auth/self", "{\"subject\":\"ann\",\"roles\":[\"editor\"]}");

    List<Finding> findings = findings();

    assertThat(findings)
        .extracting(Finding::part)
        .containsExactly("server", "clock", "login", "provider");
    assertThat(findings)
        .extracting(Finding::state)
        .containsExactly(State.NOTE, State.OK, State.OK, State.NOTE);
    assertThat(findings.get(0).sentence()).endsWith("does not show its health there");
  }

  @Test
  void what_is_no_fleetcast_is_told_so() throws Failure {
    assertThat(findings())
        .singleElement()
        .satisfies(found -> assertThat(found.state()).isEqualTo(State.BAD))
        .satisfies(found -> assertThat(found.sentence()).endsWith("is not Fleetcast"));
  }

  private List<Finding> findings() throws Failure {
    URI base = URI.create("http://localhost:" + proxy.getAddress().getPort());
    Http http = new Http(Optional.empty());
    LoginFile file = new LoginFile(folder.resolve("login.json"));
    Server server = new Server(base, http, new Tokens(base.toString(), "token", file, http));
    return new ServerChecks(server, http, Clock.systemUTC()).findings();
  }
}
