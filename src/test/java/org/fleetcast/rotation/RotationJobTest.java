package org.fleetcast.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RotationJobTest {
  private static final Duration LIMIT = Duration.ofSeconds(1);

  /** For a server that answers, on a machine that may be slow. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final String LATE =
      "The rotation cycle failed: the server did not answer within 1 s";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void a_server_that_never_answers_is_given_up() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      assertThat(run(silent)).isEqualTo(1);
    }
    saidOnly(LATE);
  }

  @Test
  void a_server_that_never_ends_its_answer_is_given_up_too() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Socket> half = CompletableFuture.supplyAsync(() -> beginAnswer(server));
      do { // once more, if the time was over before it had connected
        err.reset();
        assertThat(run(server)).isEqualTo(1);
      } while (!half.isDone());
      half.join().close();
    }
    saidOnly(LATE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"processed_timeouts\":\"2\",\"device_rotated\":null,"
            + "\"scheduled_rotation_triggered\":true}",
        "{\"processed_timeouts\":2,\"scheduled_rotation_triggered\":true}",
        "{\"processed_timeouts\":2,\"device_rotated\":7,\"scheduled_rotation_triggered\":true}",
        "{\"processed_timeouts\":2,\"device_rotated\":null,\"scheduled_rotation_triggered\":1}",
        "{\"processed_timeouts\":2,\"device_rotated\":null}",
      })
  void an_answer_of_another_shape_is_a_failure(String body) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(body.getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    server.start();
    try {
      assertThat(run("http://127.0.0.1:" + server.getAddress().getPort())).isEqualTo(1);
    } finally {
      server.stop(0);
    }
    saidOnly("The rotation cycle failed: what answered is not Fleetcast");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fleetcast:80",
        "ftp://fleetcast",
        "http://",
        "http:/fleetcast",
        "http://a b",
        "/",
        "http://user@fleetcast",
        "http://fleetcast?a=b",
        "http://fleetcast:99999"
      })
  void an_address_that_is_none_is_a_failure(String address) {
    assertThat(run(address)).isEqualTo(1);
    saidOnly(
        "The rotation cycle failed: INTERNAL_API_URL must be an address such as http://fleetcast, with no"
            + " underscore in the name of the host");
  }

  private void saidOnly(String line) {
    assertThat(err).hasToString(line + System.lineSeparator());
    assertThat(out.size()).isZero();
  }

  private int run(ServerSocket server) {
    return run("http://127.0.0.1:" + server.getLocalPort(), LIMIT);
  }

  private int run(String address) {
    return run(address, PATIENCE);
  }

  private int run(String address, Duration limit) {
    return new RotationJob(Optional.of(address), Optional.empty(), limit, print(out), print(err))
        .exitCode("run");
  }

  private static Socket beginAnswer(ServerSocket server) {
    try {
      Socket connection = server.accept();
      String begin = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
      connection.getOutputStream().write(begin.getBytes(StandardCharsets.US_ASCII));
      return connection;
    } catch (IOException broken) {
      throw new java.io.UncheckedIOException(broken);
    }
  }

  private static PrintStream print(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }
}
