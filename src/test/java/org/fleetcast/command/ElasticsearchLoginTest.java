package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against answers of an Elasticsearch with security, which that of the tests does not have. */
class ElasticsearchLoginTest {
  private static final String ALL =
      "{\"username\":\"fleet\",\"has_all_requested\":true,"
          + "\"cluster\":{\"manage_index_templates\":true},"
          + "\"index\":{\"logstash-http-*\":{\"read\":true,\"maintenance\":true}}}";

  @SuppressWarnings("NullAway.Init")
  private HttpServer server;

  private String login = "";
  private String asked = "";
  private int status = 200;
  private String body = ALL;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/_security/user/_has_privileges", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    login = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private Finding found(Map<String, String> variables) {
    Terminal nowhere = new Terminal(System.out, System.err, false);
    return new ElasticsearchLogin(new Environment(nowhere, variables, Clock.systemUTC()))
        .at(URI.create("http://127.0.0.1"), server.getAddress().getPort(), Duration.ofMinutes(1));
  }

  @Test
  void it_logs_in_by_api_key_or_by_name_as_the_server_does() {
    assertThat(found(Map.of("ELASTICSEARCH_API_KEY", "a2V5")))
        .isEqualTo(
            Finding.ok("elasticsearch", "It lets us in, with all the privileges that are needed"));
    assertThat(login).isEqualTo("ApiKey a2V5");
    found(Map.of("ELASTICSEARCH_USERNAME", "fleet", "ELASTICSEARCH_PASSWORD", "word"));
    assertThat(login).isEqualTo("Basic ZmxlZXQ6d29yZA==");
    found(Map.of());
    assertThat(login).isEqualTo("null");
  }

  @Test
  void it_asks_for_what_a_data_stream_needs_where_there_is_one() {
    found(Map.of("LOG_RETENTION_DAYS", "14"));
    assertThat(asked).doesNotContain("lifecycle").endsWith("[\"delete\"]}]}");
    found(Map.of("ELASTICSEARCH_DATA_STREAM", "fleet"));
    assertThat(asked)
        .doesNotContain("lifecycle")
        .endsWith(
            "{\"names\":[\"fleet\"],\"privileges\":[\"create_index\",\"create_doc\",\"read\","
                + "\"maintenance\",\"view_index_metadata\",\"delete\"]}]}");
    found(Map.of("ELASTICSEARCH_DATA_STREAM", "fleet", "LOG_RETENTION_DAYS", "14"));
    assertThat(asked).endsWith("\"delete\",\"manage_data_stream_lifecycle\"]}]}");
  }

  @Test
  void privileges_that_lack_are_named() {
    body =
        ALL.replace("\"maintenance\":true", "\"maintenance\":false")
            .replace("\"manage_index_templates\":true", "\"manage_index_templates\":false");

    assertThat(found(Map.of("ELASTICSEARCH_API_KEY", "a2V5")).sentence())
        .isEqualTo(
            "It lets us in, and these privileges lack: manage_index_templates,"
                + " maintenance on logstash-http-*");
  }

  @Test
  void a_login_that_is_refused_is_told_and_one_that_nobody_asks_for_is_well() {
    status = 401;
    assertThat(found(Map.of()).sentence()).isEqualTo("It refuses the login");
    status = 400;
    body = "{\"error\":\"no handler found for uri [/_security/user/_has_privileges]\"}";
    assertThat(found(Map.of()).sentence()).isEqualTo("It asks nobody for a login");
    status = 503;
    body = "";
    assertThat(found(Map.of()).sentence()).isEqualTo("It answers 503");
  }
}
