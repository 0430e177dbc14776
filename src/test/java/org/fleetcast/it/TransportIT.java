package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.microshed.testing.jupiter.MicroShedTest;

/**
 * The stream over all that is not plain HTTP/1.1, where it goes through the container; and what
 * becomes of a plain connection when its stream is over.
 */
@MicroShedTest
public class TransportIT {
  /** More than the server has threads for such streams at first. */
  private static final int STOPPED = 12;

  private final SharedStack stack = SharedStack.get();
  private final Operator operator = Operator.editor(stack.fleetcast());
  private final Map<String, String> login = Map.of("Authorization", "Bearer " + operator.token());

  @AutoClose private final MqttPublisher device = MqttPublisher.connected(stack.broker().uri());

  /** Whoever would speak HTTP/2 is answered in HTTP/1.1. */
  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void over_tls_a_stream_is_the_same(HttpClient.Version version) {
    String id = Operator.unique("tls");
    URI address = streamOf(operator.device(id));
    try (SseClient stream = SseClient.overTls(version, address, login)) {
      assertThat(stream.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      stream.await(SOON, "ready");
      publish(id, 1, "");
      assertThat(stream.await(SOON, "device-logs").data()).contains("\"n\":1");
    }
  }

  @Tag("long")
  @Test
  void over_tls_readers_who_stop_delay_nobody() {
    String id = Operator.unique("stopped");
    URI address = streamOf(operator.device(id));
    List<SseClient> stopped = new ArrayList<>();
    try (SseClient reading = SseClient.overTls(HttpClient.Version.HTTP_1_1, address, login)) {
      reading.await(SOON, "ready");
      IntStream.range(0, STOPPED).forEach(i -> stopped.add(SseClient.stopped(address, login)));
      assertThat(stopped).allSatisfy(stream -> assertThat(stream.status()).isEqualTo(200));
      // More than the kernel keeps for a reader, and each as soon as the one before has arrived.
      for (int number = 0; number < 100; number++) {
        String wanted = "\"n\":" + number + ",";
        publish(id, number, "x".repeat(100_000));
        reading.await(SOON, event -> event.data().contains(wanted));
      }
      assertThat(reading.events("gap")).isEmpty();
    } finally {
      stopped.forEach(SseClient::close);
    }
  }

  @Test
  void over_http_of_old_a_stream_has_no_chunks() throws IOException {
    String id = Operator.unique("old");
    try (Plain connection = new Plain()) {
      connection.get(pathOf(operator.device(id)), "HTTP/1.0");
      List<String> head = connection.until("");
      assertThat(head.get(0)).contains(" 200 ");
      assertThat(head).noneMatch(line -> line.startsWith("Transfer-Encoding"));
      assertThat(connection.in.readLine()).isEqualTo("event: ready");
      publish(id, 1, "");
      assertThat(connection.until("event: device-logs")).anyMatch(line -> line.matches("id: \\d+"));
      assertThat(connection.in.readLine()).startsWith("data: {").contains("\"n\":1");
    }
  }

  @Test
  void a_connection_serves_the_next_request_when_its_stream_is_over() throws IOException {
    String id = Operator.unique("next");
    try (Plain connection = new Plain()) {
      connection.get("/api/sse/stream?request_id=" + id, "HTTP/1.1");
      assertThat(connection.until("event: ready").get(0)).contains(" 200 ");
      try (SseClient second = operator.open(id)) {
        assertThat(second.status()).isEqualTo(200);
        assertThat(connection.until("0")).anyMatch(line -> line.contains("\"replaced\""));
        assertThat(connection.in.readLine()).isEmpty();
        connection.get("/api/devices", "HTTP/1.1");
        assertThat(connection.in.readLine()).contains(" 200 ");
      }
    }
  }

  /** A connection as it is, line by line. */
  private final class Plain implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;

    Plain() throws IOException {
      socket = new Socket(stack.fleetcast().uri().getHost(), stack.fleetcast().uri().getPort());
      socket.setSoTimeout((int) SOON.toMillis());
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    void get(String path, String version) throws IOException {
      String request =
          "GET %s %s\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
              .formatted(path, version, operator.token());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    List<String> until(String last) throws IOException {
      List<String> lines = new ArrayList<>();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(line);
        if (line.equals(last)) {
          return lines;
        }
      }
      throw new AssertionError("The stream ended with " + lines);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private URI streamOf(int deviceId) {
    return stack.fleetcast().tlsUri().resolve(pathOf(deviceId));
  }

  private static String pathOf(int deviceId) {
    return "/api/devices/" + deviceId + "/logs/stream?tail=0";
  }

  private void publish(String entityId, int number, String message) {
    device.publish(
        TOPIC,
        "{\"entity_id\":\"%s\",\"n\":%d,\"message\":\"%s\"}".formatted(entityId, number, message));
  }
}
