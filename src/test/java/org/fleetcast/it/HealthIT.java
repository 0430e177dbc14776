package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.fleetcast.SchemaDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.microshed.testing.jaxrs.RESTClient;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class HealthIT {
  @RESTClient
  @SuppressWarnings("NullAway.Init")
  public static Health health;

  private static final int STRANGERS = 50;

  private final Api nobody = Api.at(SharedStack.get().fleetcast().uri());

  @ParameterizedTest
  @ValueSource(strings = {"live", "ready", "started"})
  void health_is_up_without_login(String kind) {
    try (Response answer = health.of(kind)) {
      assertThat(answer.getStatus()).isEqualTo(200);
      assertThat(answer.readEntity(JsonObject.class).getString("status")).isEqualTo("UP");
    }
  }

  @Test
  void the_threads_that_we_name_are_those_of_the_table() {
    ThreadTable table = ThreadTable.read();
    List<String> running = ThreadTable.running(SharedStack.get().fleetcast().pid());

    assertThat(running).isNotEmpty().allMatch(table::has);
    assertThat(table.ours())
        .hasSizeGreaterThan(3)
        .allMatch(ours -> running.stream().anyMatch(ours.asMatchPredicate()));
  }

  @Test
  void the_open_api_document_is_served_as_it_is_written_and_without_login() {
    Api.Answer answer = nobody.with("Accept", "application/json").get("/openapi");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(SchemaDocument.ofJson(answer.body()).root())
        .isEqualTo(
            SchemaDocument.ofYaml(java.nio.file.Path.of("src/main/resources/META-INF/openapi.yaml"))
                .root());
  }

  @Test
  void metrics_are_served_without_login() {
    Api.Answer answer = nobody.get("/metrics");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).contains("# TYPE ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/index.html",
        "/fleetcast-client.js",
        "/nope",
        "/api/nope",
        "/api/devices",
        "/problem",
        "/internal/x",
        "/health",
        "/health/ready",
        "/metrics",
        "/metrics/nope",
        "/openapi",
        "/ibm/api",
        "/api/sse/stream?request_id=x",
        "/%2e%2e/x",
        "/x;/"
      })
  void every_answer_has_the_headers_that_guard_a_browser(String path) {
    Api browser = nobody.with("Origin", "http://evil.example").with("Accept", "text/html, */*");
    BrowserHeaders.guard(path, browser.get(path).headers());
  }

  /** Which the server installs by itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {"/ibm/api", "/ibm/api/", "/ibm/api/docs", "/ibm/api/explorer", "/openapi/ui/"})
  void the_servers_own_pages_are_taken_away(String path) {
    assertThat(nobody.get(path).status()).isEqualTo(404);
    assertThat(nobody.withBearer(nobody.editorToken()).get(path).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nope",
        "/nope/deeper.html",
        "/api",
        "/api/nope",
        "/problem",
        "/internal",
        "/internal/x",
        "/ibm/api",
        "/%5c..%5cx",
        "/nope.jsp",
        "/log/nope.jspx",
        "/log",
        "/log/",
        "/WEB-INF/web.xml",
        "/meta-inf/MANIFEST.MF"
      })
  void an_unknown_path_is_not_found_as_json(String path) {
    expect(404, "ROUTE_NOT_FOUND", "There is nothing at this address", "GET", path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "TRACE"})
  void a_method_that_an_address_does_not_have_is_refused_as_json(String method) {
    expect(
        405,
        "METHOD_NOT_ALLOWED",
        "This method is not allowed at this address",
        method,
        "/api/auth/self");
    expect(405, "METHOD_NOT_ALLOWED", "This method is not allowed at this address", method, "/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/index.html", "/fleetcast-client.js", "/nope", "/api/nope", "/x.jsp"})
  void nor_is_one_that_nothing_has_answered_by_a_page_of_the_server(String path) {
    for (String method : List.of("TRACE", "PROPFIND")) {
      expect(405, "METHOD_NOT_ALLOWED", "This method is not allowed at this address", method, path);
    }
  }

  /** Each could hide one request in another from a proxy in front. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1|Accept: x",
        "HTTP/1.1|Host: x|Host: y",
        "HTTP/1.1|Host: x|Host : y",
        "HTTP/1.1|Host: x|Transfer-Encoding: xchunked",
        "HTTP/1.1|Host: x|Transfer-Encoding: gzip, chunked",
        "HTTP/1.1|Host: x|Authorization: Bearer a|Authorization: Bearer b",
        "HTTP/1.0|Transfer-Encoding: chunked",
        "HTTP/7.7|Host: x"
      })
  void a_request_that_can_be_read_in_two_ways_ends_its_connection(String head) throws IOException {
    String answer =
        answered("POST /api/rotation/trigger " + head.replace("|", "\r\n") + "\r\n\r\nGET /");
    assertThat(answer.lines().findFirst().orElse("")).contains(" 400 ");
    assertThat(answer)
        .contains("The head of the request ", "\"code\":\"VALIDATION_FAILED\"")
        .containsIgnoringCase("\r\nConnection: close");
  }

  @Test
  void the_server_as_a_whole_has_no_options() throws IOException {
    assertThat(answered("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 404")
        .contains("ROUTE_NOT_FOUND");
  }

  @ParameterizedTest
  @ValueSource(strings = {"?x=%01", "?x=%0d%0aY:z", "?x=%2f%2f", "?x=//", "?"})
  void the_page_comes_with_any_query(String query) {
    Api.Answer answer = nobody.get("/" + query);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).contains("<body>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/index.html", "/nope", "/api/nope", "/api/devices"})
  void a_basic_login_that_is_none_is_refused_and_no_failure(String path) throws IOException {
    for (String login : List.of("!!", "bm9uZQ==", "YTo", "====")) {
      Api.Answer answer = nobody.with("Authorization", "Basic " + login).get(path);
      assertThat(answer.status()).as(login).isEqualTo(401);
      assertThat(answer.json().getString("code")).isEqualTo("AUTHENTICATION_REQUIRED");
      assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
    }
    assertThat(nobody.with("Authorization", "Basic YTpi").get(path).status()).isNotEqualTo(500);
    try (Stream<String> told =
        Files.lines(SharedStack.get().fleetcast().logs().resolve("trace.log"))) {
      assertThat(told.filter(line -> line.contains("CWWKS1652A")))
          .as("told by the container of each request")
          .allMatch(line -> line.contains(" /internal/"));
    }
  }

  @Test
  void nor_does_it_open_what_the_internal_token_is_for() {
    for (String path : List.of("/internal/rotation-nudge", "/internal/rotation-job")) {
      Api.Answer answer = nobody.with("Authorization", "Basic !!").post(path);
      assertThat(answer.status()).as(path).isEqualTo(403);
      assertThat(answer.json().getString("code")).isEqualTo("AUTHORIZATION_FAILED");
    }
  }

  @Test
  void a_path_that_is_not_there_reaches_no_log_of_the_server() throws IOException {
    String name = "forged-" + UUID.randomUUID();
    nobody.get("/x%0a" + name);
    nobody.get("/v/x%1b%5b2J" + name + ".js");
    nobody.get("/" + name + ".jsp");
    try (Stream<java.nio.file.Path> files = Files.walk(SharedStack.get().fleetcast().logs())) {
      assertThat(files.filter(Files::isRegularFile).filter(file -> holds(file, name))).isEmpty();
    }
  }

  @Test
  void the_gateway_of_an_older_service_is_told_to_go_in_its_answer_and_in_the_log()
      throws IOException {
    String sentence =
        "Fleetcast serves the streams itself: take the gateway for them out of the proxy, and lead"
            + " /api/sse/stream here";
    expect(404, "ROUTE_NOT_FOUND", sentence, "POST", "/api/sse/callback?secret=of-the-gateway");
    assertThat(Files.readString(SharedStack.get().fleetcast().logs().resolve("messages.log")))
        .contains("A gateway asks for a stream. " + sentence)
        .doesNotContain("of-the-gateway");
  }

  private static boolean holds(java.nio.file.Path file, String text) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @Test
  void a_body_that_is_not_encoded_as_it_says_is_refused_at_once() {
    Api.Answer answer =
        nobody
            .withBearer(nobody.editorToken())
            .with("Content-Encoding", "gzip")
            .post("/api/device-logs/subscribe", "{\"request_id\":\"a\",\"device_id\":1}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("is not encoded as its Content-Encoding says");
  }

  @Test
  void a_request_id_that_is_not_sane_is_replaced() {
    Api.Answer answer = nobody.with("X-Request-ID", "a b<c>").get("/api/nope");

    assertThat(answer.header("X-Request-ID")).matches("[0-9a-f-]{36}");
    assertThat(answer.json().getString("correlationId")).isEqualTo(answer.header("X-Request-ID"));
  }

  @Test
  void what_strangers_can_cause_writes_next_to_nothing() throws IOException {
    long before = logged();
    long bytesBefore = loggedBytes();
    String form = "application/x-www-form-urlencoded";
    for (int i = 0; i < STRANGERS; i++) {
      nobody.get("/api/devices/" + i);
      nobody.withBearer("x.y." + i).get("/api/devices");
      nobody.with("Cookie", "access_token=" + i).get("/api/devices");
      malformed(nobody.with("Accept", ";;/").get("/api/devices"));
      malformed(nobody.with("Accept", "application/json;q=x").get("/api/devices"));
      nobody.get("/no" + i + ".php");
      nobody.get("/no" + i + ".jsp");
      nobody.get("/health/" + i);
      nobody.get("/metrics/" + i);
      nobody.get("/" + "p".repeat(8_000) + i);
      nobody.get("/api/" + "p".repeat(20_000) + i);
      sent("GET /" + "p".repeat(30_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
      nobody.send("BREW", "/api/devices", "application/json", "");
      nobody.send("POST", "/api/auth/token", "/;", "x");
      sent("GET /%ff%c0%af" + i + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      sent("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic !!\r\nConnection: close\r\n\r\n");
      sent(
          "POST /api/auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: "
              + form
              + "\r\nContent-Length: 1000\r\n\r\nclient_id=");
    }
    assertThat(logged() - before).as("lines").isLessThan(20);
    assertThat(loggedBytes() - bytesBefore).as("bytes").isLessThan(100_000);
  }

  private static void malformed(Api.Answer answer) {
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getJsonObject("details").getJsonArray("fields")).isNotEmpty();
  }

  /** Without first failure data capture, which writes a kind of failure once. */
  private static long loggedBytes() throws IOException {
    try (Stream<java.nio.file.Path> files = Files.walk(SharedStack.get().fleetcast().logs())) {
      return files
          .filter(file -> file.getFileName().toString().matches("(messages|console|trace).*"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }

  /** Sends it as it is and hangs up at once. */
  private static void sent(String request) throws IOException {
    URI server = SharedStack.get().fleetcast().uri();
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static long logged() throws IOException {
    try (Stream<String> lines =
        Files.lines(SharedStack.get().fleetcast().logs().resolve("messages.log"))) {
      return lines.count();
    }
  }

  @Test
  void what_strangers_name_becomes_no_series_of_the_metrics() throws IOException {
    named(STRANGERS); // what is counted for any such request may be new to this server
    long before = nobody.get("/metrics").body().lines().count();
    for (int i = 0; i < STRANGERS; i++) {
      named(i);
    }
    assertThat(nobody.get("/metrics").body().lines().count() - before).as("lines").isLessThan(20);
  }

  /** Names a path, a host, a port and a method that nobody else names. */
  private static void named(int i) throws IOException {
    answered(
        "GET /api/no" + i + " HTTP/1.1\r\nHost: h" + i + ".example\r\nConnection: close\r\n\r\n");
    answered(
        "GET /no"
            + i
            + "/x HTTP/1.1\r\nHost: h"
            + i
            + ".example:"
            + (i + 1)
            + "\r\nConnection: close\r\n\r\n");
    answered("BREW" + i + " /api/devices HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }

  @Test
  void nobody_changes_the_protocol_and_nothing_is_echoed() throws IOException {
    String rest = " HTTP/1.1\r\nHost: localhost\r\nX-Secret: hush\r\n";
    String upgraded =
        answered(
            "GET /health/live"
                + rest
                + "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n"
                + "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n");
    assertThat(upgraded).startsWith("HTTP/1.1 200").doesNotContain("101 Switching");
    for (String path : List.of("/", "/api/devices", "/metrics", "/openapi")) {
      assertThat(answered("TRACE " + path + rest + "Connection: close\r\n\r\n"))
          .as(path)
          .doesNotStartWith("HTTP/1.1 200")
          .doesNotContain("hush");
    }
  }

  /** Sends it as it is and waits until the server hangs up. */
  private static String answered(String request) throws IOException {
    URI server = SharedStack.get().fleetcast().uri();
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(answer).isNotEmpty();
      return answer;
    }
  }

  @Test
  void what_the_json_parser_refuses_is_the_callers_fault_and_not_logged() throws IOException {
    Api editor = nobody.withBearer(nobody.editorToken());
    String deep = "[".repeat(10_000) + "]".repeat(10_000);
    long before = logged();
    for (String value : List.of(deep, "1" + "0".repeat(5_000), "1e400000000", "{")) {
      Api.Answer answer =
          editor.post(
              "/api/device-logs/subscribe", "{\"request_id\":\"a\",\"device_id\":" + value + "}");
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.json().getString("code")).isEqualTo("VALIDATION_FAILED");
      assertThat(answer.json().getJsonObject("details").getJsonArray("fields")).hasSize(1);
    }
    assertThat(logged() - before).as("lines").isLessThan(5); // a stack trace has more
  }

  private void expect(int status, String code, String error, String method, String path) {
    Api.Answer answer =
        nobody.with("X-Request-ID", "it-1").send(method, path, "application/json", "");

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).startsWith("application/json");
    assertThat(answer.header("X-Request-ID")).isEqualTo("it-1");
    assertThat(answer.json())
        .isEqualTo(
            Json.createObjectBuilder()
                .add("error", error)
                .add("code", code)
                .add("details", Json.createObjectBuilder())
                .add("correlationId", "it-1")
                .build());
  }

  /** What Liberty tells of the application's health. */
  @Path("/health")
  public interface Health {
    @GET
    @Path("{kind}")
    Response of(@PathParam("kind") String kind);
  }
}
