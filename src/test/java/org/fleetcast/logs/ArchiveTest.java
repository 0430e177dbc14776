package org.fleetcast.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.logs.Entry.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive against a server that answers bulk writes and refreshes as Elasticsearch would. */
class ArchiveTest {
  @TempDir Path folder;

  private final Set<String> written = ConcurrentHashMap.newKeySet();
  private final AtomicInteger templates = new AtomicInteger();
  private volatile int deadLetterStatus = 201;
  private volatile int refreshStatus = 200;
  private HttpServer server;
  private Journal journal;
  private Archive archive;
  private CompletableFuture<Void> run;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    JournalFile file = new JournalFile(RefusingDisk.file(folder.resolve("journal.mv")));
    journal = new Journal(file, 1 << 30, Instant.now());
    SearchIndex index =
        new SearchIndex(Optional.of(url), Optional.empty(), Optional.empty(), "logstash-http-*");
    archive = new Archive(journal, index, new LogMetrics(silent(MetricRegistry.class)));
    run = CompletableFuture.runAsync(archive);
  }

  @AfterEach
  void stop() {
    archive.stop();
    journal.close();
    run.join();
    server.stop(0);
  }

  @Test
  void templates_are_there_before_any_line_is() {
    Awaitility.await().until(() -> templates.get() == 2);
    assertThat(written).isEmpty();
  }

  @Test
  void dead_letters_that_are_refused_for_ever_hold_up_no_line() throws InterruptedException {
    deadLetterStatus = 403;
    for (int batch = 0; batch < 12; batch++) {
      append(Kind.DEAD_LETTER, 1_000);
    }
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> journal.unread() == 0);
    Entry line = append(Kind.LINE, 1).get(0);
    Awaitility.await().atMost(Duration.ofSeconds(2)).until(() -> written.contains(line.id()));
    assertThat(archive.trouble()).contains("security_exception");
  }

  @Test
  void a_refused_refresh_is_told_and_the_journal_keeps_the_lines() throws InterruptedException {
    refreshStatus = 403;
    append(Kind.LINE, 10);
    Awaitility.await().until(() -> archive.trouble() != null);
    assertThat(archive.trouble()).startsWith("refresh: ");
    assertThat(journal.bytes()).isPositive();
    refreshStatus = 200;
    Awaitility.await().until(() -> journal.bytes() == 0);
    assertThat(archive.trouble()).isNull();
  }

  @Test
  void a_disk_that_refuses_does_not_end_the_archive() throws InterruptedException {
    List<Entry> lines = append(Kind.LINE, 10);
    RefusingDisk.refusesAfter(0);
    Awaitility.await().until(() -> archive.trouble() != null);
    RefusingDisk.works();
    Entry later = append(Kind.LINE, 1).get(0);
    Awaitility.await().until(() -> journal.bytes() == 0);
    assertThat(written).contains(later.id(), lines.get(0).id());
    Awaitility.await().until(() -> archive.trouble() == null);
  }

  private List<Entry> append(Kind kind, int count) throws InterruptedException {
    List<Entry> entries =
        java.util.stream.IntStream.range(0, count)
            .mapToObj(i -> journal.stamp(Instant.now()))
            .map(s -> new Entry(s.at(), s.id(), kind, null, "{}".getBytes(StandardCharsets.UTF_8)))
            .toList();
    journal.append(entries, List.of());
    return entries;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (path.equals("/_bulk")) {
      String items =
          body.lines()
              .filter(line -> line.contains("\"create\""))
              .map(this::item)
              .collect(Collectors.joining(","));
      send(exchange, 200, "{\"took\":1,\"errors\":true,\"items\":[" + items + "]}");
    } else if (path.endsWith("/_refresh")) {
      String refused = "{\"error\":{\"type\":\"security_exception\"},\"status\":403}";
      String shards = "{\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}}";
      send(exchange, refreshStatus, refreshStatus == 200 ? shards : refused);
    } else {
      templates.incrementAndGet();
      send(exchange, 200, "{\"acknowledged\":true}");
    }
  }

  private String item(String action) {
    String id = action.replaceAll(".*\"_id\":\"([^\"]*)\".*", "$1");
    if (action.contains("dead-letter") && deadLetterStatus != 201) {
      return "{\"create\":{\"_index\":\"i\",\"_id\":\"%s\",\"status\":%d,\"error\":{\"type\":\"security_exception\",\"reason\":\"no\"}}}"
          .formatted(id, deadLetterStatus);
    }
    int status = written.add(id) ? 201 : 409;
    return "{\"create\":{\"_index\":\"i\",\"_id\":\"%s\",\"status\":%d}}".formatted(id, status);
  }

  private static void send(HttpExchange exchange, int status, String json) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.getResponseHeaders().add("X-Elastic-Product", "Elasticsearch");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** The container's metrics, which count nothing here. */
  private static <T> T silent(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                method.getReturnType().isInterface() ? silent(method.getReturnType()) : null));
  }
}
