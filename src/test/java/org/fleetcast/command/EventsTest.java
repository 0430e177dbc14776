package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EventsTest {
  @Test
  void events_have_their_name_their_data_and_the_position_that_they_stand_for() throws IOException {
    List<ServerEvent> events =
        read(
            "event: ready\ndata: {\"resumed\":true}\n\n",
            "id: 7\n\n",
            "retry: 1000\n\n",
            ": \n\n",
            "id:8\r\nevent:device-logs\r\ndata: {\"logs\":[\r\ndata: ]}\r\n\r\n",
            "id: 9\nevent: cut\ndata: {");

    assertThat(events).hasSize(3);
    assertThat(events.get(0).name()).isEqualTo("ready");
    assertThat(events.get(0).id()).isNull();
    assertThat(events.get(0).data().path("resumed").asBoolean()).isTrue();
    assertThat(events.get(1).name()).isEmpty();
    assertThat(events.get(1).id()).isEqualTo("7");
    assertThat(events.get(2).id()).isEqualTo("8");
    assertThat(events.get(2).name()).isEqualTo("device-logs");
    assertThat(events.get(2).data().path("logs").isArray()).isTrue();
  }

  @Test
  void a_number_of_any_length_is_read() throws IOException {
    assertThat(read("data: {\"n\":" + "1".repeat(5_000) + "}\n\n")).hasSize(1);
  }

  @Test
  @Timeout(60)
  void a_stream_that_brings_not_even_heartbeats_is_closed() throws Exception {
    HttpServer silent =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    silent.createContext("/", exchange -> exchange.sendResponseHeaders(200, 0));
    silent.start();
    URI address = URI.create("http://localhost:" + silent.getAddress().getPort());
    HttpRequest request = HttpRequest.newBuilder(address).build();
    try (Events events =
        new Events(
            HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream()).body(),
            Duration.ofMillis(200))) {
      assertThat(ends(events)).isTrue();
    } finally {
      silent.stop(0);
    }
  }

  private static boolean ends(Events events) {
    try {
      return events.next() == null;
    } catch (IOException closed) {
      return true;
    }
  }

  private static List<ServerEvent> read(String... text) throws IOException {
    byte[] bytes = String.join("", text).getBytes(StandardCharsets.UTF_8);
    List<ServerEvent> all = new ArrayList<>();
    try (Events events = new Events(new ByteArrayInputStream(bytes))) {
      for (ServerEvent event = events.next(); event != null; event = events.next()) {
        all.add(event);
      }
    }
    return all;
  }
}
