package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a broker may answer that none of the tests' brokers does; {@code CommandIT} has a real one.
 */
class BrokerLoginTest {
  private static final String ACCEPTED = "20020000";
  private static final String SOMEBODYS_LINE = "300700056c6f67736c"; // on the topic "logsl"

  /** The finding at a broker that answers each packet with the next of these, and then hangs up. */
  private static Finding at(String... answers) throws IOException {
    Terminal nowhere = new Terminal(System.out, System.err, false);
    Map<String, String> variables = Map.of("MQTT_USERNAME", "fleet", "MQTT_PASSWORD", "x");
    try (ServerSocket broker = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> served = CompletableFuture.runAsync(() -> serve(broker, answers));
      Finding found =
          new BrokerLogin(new Environment(nowhere, variables, Clock.systemUTC()))
              .at(URI.create("mqtt://127.0.0.1"), broker.getLocalPort(), Duration.ofMinutes(1));
      served.join();
      return found;
    }
  }

  private static void serve(ServerSocket broker, String... answers) {
    try (Socket client = broker.accept()) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      for (String answer : answers) {
        in.readUnsignedByte();
        in.readNBytes(in.readUnsignedByte());
        client.getOutputStream().write(HexFormat.of().parseHex(answer));
      }
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @Test
  void lines_that_come_before_the_answer_are_passed_over() throws IOException {
    assertThat(at(ACCEPTED, SOMEBODYS_LINE + "9003000101"))
        .isEqualTo(Finding.ok("broker", "It lets us in as fleet, and to iotsupport/logsink"));
  }

  @Test
  void a_subscription_that_is_refused_is_told() throws IOException {
    assertThat(at(ACCEPTED, "9003000180").sentence())
        .isEqualTo("It lets us in as fleet, and refuses the subscription to iotsupport/logsink");
  }

  @ParameterizedTest
  @CsvSource({"4, user name or password are wrong", "5, not authorized", "9, code 9"})
  void a_login_that_is_refused_is_told_with_its_reason(int code, String reason) throws IOException {
    assertThat(at("2002000" + code).sentence()).isEqualTo("It refuses us as fleet: " + reason);
  }

  @Test
  void who_hangs_up_or_speaks_something_else_is_no_broker() throws IOException {
    assertThat(at().sentence()).isEqualTo("It hangs up without an answer");
    assertThat(at("485454502f312e31").sentence())
        .startsWith("It does not answer as a broker: it sends no MQTT");
  }
}
