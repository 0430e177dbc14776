package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import co.elastic.clients.elasticsearch.core.SearchRequest;
import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.fleetcast.history.Entities;
import org.fleetcast.history.HistoryPage;
import org.fleetcast.history.HistoryRange;
import org.fleetcast.history.LineQuery;
import org.fleetcast.history.LineSearch;
import org.fleetcast.history.StoredLines;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LineJson;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What readers ask of an Elasticsearch that is slow, or has lines that are too large for it. */
@Timeout(300)
class SearchIndexTest {
  private static final Entities E = Entities.one("e");
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final long START = 1_700_000_000_000_000L;

  private final List<AutoCloseable> parts = new ArrayList<>();
  private final List<Integer> sizes = new ArrayList<>();
  private final Set<String> queries = new HashSet<>();
  private boolean chunked;

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable part : parts) {
      part.close();
    }
  }

  private SearchIndex index(int port) {
    SearchIndex index =
        new SearchIndex(
            Optional.of("http://127.0.0.1:" + port),
            ElasticsearchAccess.open(),
            "logs, old-*,",
            IndexNames.daily("logstash-http-"));
    parts.add(0, index::close);
    return index;
  }

  @Test
  void a_reading_that_is_given_up_closes_its_connection() throws Exception {
    ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    parts.add(silent);
    StoredLines rows = new StoredLines(index(silent.getLocalPort()));
    Lookup reading = Lookup.within(LONG);
    CompletableFuture<Void> over =
        CompletableFuture.runAsync(
            () ->
                assertThatThrownBy(() -> rows.rows(E, range(10), LineQuery.ALL, 10, reading))
                    .isInstanceOf(Problem.class));
    try (Socket asked = silent.accept()) {
      assertThat(asked.getInputStream().read()).isEqualTo('P'); // of POST
      reading.cancel();
      over.join();
      while (asked.getInputStream().read() >= 0) {
        continue; // the rest of the request, and then the end
      }
    }
  }

  @Test
  void a_reading_ends_when_its_time_is_over() throws Exception {
    ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    parts.add(silent);
    StoredLines rows = new StoredLines(index(silent.getLocalPort()));
    Lookup reading = Lookup.within(Duration.ofMillis(300));
    assertThatThrownBy(() -> rows.rows(E, range(10), LineQuery.ALL, 10, reading))
        .isInstanceOfSatisfying(
            SearchIndex.Refused.class,
            refused -> assertThat(refused.type()).isEqualTo("SocketTimeoutException"));
    assertThat(reading.isOver()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void lines_that_are_too_large_together_are_read_a_few_at_a_time(boolean chunks) throws Exception {
    chunked = chunks;
    int lines = 40;
    StoredLines rows = new StoredLines(index(server(lines, 400_000)));
    StoredLines.Found<StoredLine> found =
        rows.rows(E, range(lines), LineQuery.ALL, HistoryPage.SIZE + 1, Lookup.within(LONG));
    assertThat(found.reached()).as("a page is full of less").isNotNull();
    assertThat(found.lines()).hasSizeBetween(21, 30);
    assertThat(found.lines()).extracting(StoredLine::at).isSorted().doesNotHaveDuplicates();
    assertThat(queries)
        .as("of one copy")
        .singleElement()
        .asString()
        .startsWith("/logs,old-*/_search?")
        .contains("preference=fleetcast-");
    assertThat(sizes).as("asked for").contains(1_001, 500, 250, 125, 62, 31, 15).contains(7);
  }

  @Test
  void an_answer_in_chunks_is_given_up_where_it_becomes_too_large() throws Exception {
    chunked = true;
    SearchIndex index = index(server(1, 6_000_000));
    for (int i = 0; i < 3; i++) {
      SearchRequest.Builder request =
          new LineSearch(E, LineQuery.ALL, false).request(START, START + 1_000, 1);
      assertThatThrownBy(() -> index.search(request, Lookup.within(LONG), LONG, SearchIndex.LARGE))
          .isInstanceOfSatisfying(
              SearchIndex.Refused.class, refused -> assertThat(refused.tooLong()).isTrue());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void one_line_may_be_as_large_as_it_is(boolean chunks) throws Exception {
    chunked = chunks;
    StoredLines rows = new StoredLines(index(server(1, 6_000_000)));
    StoredLines.Found<StoredLine> found =
        rows.rows(E, range(1), LineQuery.ALL, HistoryPage.SIZE + 1, Lookup.within(LONG));
    assertThat(found.lines())
        .singleElement()
        .satisfies(r -> assertThat(r.size()).isEqualTo(6_000_000));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"reason\":\"no\"}|no",
        "{\"reason\":\"invalid\",\"caused_by\":{\"reason\":\"invalid"
            + " too\",\"caused_by\":{\"reason\":\"Limit of total fields [3] has been"
            + " exceeded\"}}}|invalid: Limit of total fields [3] has been exceeded"
      })
  void a_refusal_tells_its_first_cause(String error, String told) throws Exception {
    assertThat(SearchIndex.reason(LineJson.MAPPER.readTree(error))).isEqualTo(told);
  }

  @Test
  void what_is_too_large_for_one_request_is_written_in_parts() throws Exception {
    SearchIndex index = index(server(0, 0));
    List<StoredDocument> documents = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      byte[] json =
          ("{\"message\":\"" + (i == 3 ? "huge" : "m" + i) + "\"}")
              .getBytes(StandardCharsets.UTF_8);
      documents.add(
          StoredDocument.of(
              new JournalLine(START + i, "id" + i, JournalLine.Kind.LINE, "e", json),
              StoredDocument.Form.WHOLE,
              IndexNames.daily("logstash-http-")));
    }
    assertThat(index.writeInParts(documents))
        .extracting(BulkOutcome::status)
        .containsExactly(201, 201, 201, 413, 201);
  }

  @Test
  void a_write_that_was_tried_at_two_addresses_may_have_been_done_twice() throws Exception {
    int away;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      away = socket.getLocalPort();
    }
    SearchIndex index =
        new SearchIndex(
            Optional.of("http://127.0.0.1:" + away + ",http://127.0.0.1:" + server(0, 0)),
            ElasticsearchAccess.open(),
            "logs",
            IndexNames.daily("logstash-http-"));
    parts.add(0, index::close);
    List<StoredDocument> one =
        List.of(new StoredDocument("i", "1", "{}".getBytes(StandardCharsets.UTF_8)));
    List<Boolean> once = new ArrayList<>();
    for (int i = 0; i < 3; i++) { // the addresses take turns, and one that is away loses its own
      once.add(index.write(one).once());
    }
    assertThat(once).containsOnlyOnce(false).endsWith(true);
  }

  private static HistoryRange range(int lines) {
    return new HistoryRange(START, START + lines * 1_000L, false, null);
  }

  /** An Elasticsearch with lines of that length, one a millisecond. */
  private int server(int lines, int length) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> answer(exchange, lines, "x".repeat(length)));
    server.createContext("/_bulk", SearchIndexTest::write);
    server.start();
    parts.add(() -> server.stop(0));
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange, int lines, String message) throws IOException {
    JsonNode asked = LineJson.MAPPER.readTree(exchange.getRequestBody());
    JsonNode times = asked.at("/query/bool/filter/1/range/@timestamp");
    long from = LogTime.parse(times.path("gte").asText()).orElseThrow();
    long to = LogTime.parse(times.path("lte").asText()).orElseThrow();
    int skipped = asked.path("from").asInt();
    int size = asked.path("size").asInt();
    sizes.add(size);
    queries.add(exchange.getRequestURI().getPath() + "?" + exchange.getRequestURI().getQuery());
    List<String> hits = new ArrayList<>();
    for (int i = 0; i < lines && hits.size() < size; i++) {
      long at = START + i * 1_000L;
      if (at >= from && at <= to && skipped-- <= 0) {
        hits.add(
            "{\"_index\":\"logs\",\"_id\":\"%d\",\"_source\":{\"@timestamp\":\"%s\",\"message\":\"%s\"},\"sort\":[%d]}"
                .formatted(i, LogTime.text(at), message, at * 1_000));
      }
    }
    byte[] body =
        ("{\"took\":1,\"timed_out\":false,\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0},\"hits\":{\"hits\":["
                + String.join(",", hits)
                + "]}}")
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("X-Elastic-Product", "Elasticsearch");
    exchange.sendResponseHeaders(200, chunked ? 0 : body.length);
    try (exchange) {
      exchange.getResponseBody().write(body); // fails where that is more than is taken
    }
  }

  /** Takes two documents at once, and not a huge one. */
  private static void write(HttpExchange exchange) throws IOException {
    List<String> lines =
        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    boolean tooLarge = lines.size() > 4 || lines.stream().anyMatch(line -> line.contains("huge"));
    String item =
        "{\"create\":{\"_index\":\"i\",\"_id\":\"1\",\"_version\":1,\"result\":\"created\",\"status\":201}}";
    String items = String.join(",", Collections.nCopies(lines.size() / 2, item));
    byte[] body =
        (tooLarge ? "" : "{\"took\":1,\"errors\":false,\"items\":[" + items + "]}")
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("X-Elastic-Product", "Elasticsearch");
    exchange.sendResponseHeaders(tooLarge ? 413 : 200, body.length == 0 ? -1 : body.length);
    try (exchange) {
      exchange.getResponseBody().write(body);
    }
  }
}
