package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.sink.Appended;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.sink.Journal;
import org.fleetcast.sink.JournalFile;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.JournalLine.Kind;
import org.fleetcast.sink.LogMetrics;
import org.fleetcast.sink.RefusingDisk;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The archive against a server that answers bulk writes and refreshes as Elasticsearch would. */
class ArchiveTest {
  private static final String LINE = "{\"message\":\"m\",\"n\":1}";

  @TempDir Path folder;

  private final Set<String> written = ConcurrentHashMap.newKeySet();
  private final AtomicInteger templates = new AtomicInteger();
  private final List<String> documents = new CopyOnWriteArrayList<>();
  private final AtomicInteger faultsToCome = new AtomicInteger();
  private final InternalFaults faults = new InternalFaults(where -> {}, SteadyClock.INSTANCE);
  private volatile String lineError = "";
  private volatile int templateStatus = 200;
  private volatile int lineRequestStatus = 200;
  private volatile int deadLetterStatus = 201;
  private volatile int refreshStatus = 200;
  private volatile Runnable refreshing = () -> {};
  private HttpServer server;
  private Journal journal;
  private Archive archive;
  private IndexTemplates installed;
  private Thread thread;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    JournalFile file = new JournalFile(RefusingDisk.file(folder.resolve("journal.mv")));
    journal = new Journal(file, 1 << 30, Instant.now());
    SearchIndex index =
        new SearchIndex(
            Optional.of(url),
            ElasticsearchAccess.open(),
            "logstash-http-*",
            IndexNames.daily("logstash-http-"));
    installed = new IndexTemplates(index, Clock.systemUTC());
    LogMetrics metrics = new LogMetrics(silent(MetricRegistry.class, faultsToCome));
    archive = new Archive(journal, index, installed, metrics, line -> {}, faults);
    thread = new Thread(archive, "archive");
    thread.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    archive.stop();
    journal.close();
    thread.join();
    server.stop(0);
  }

  @Test
  void templates_are_there_before_any_line_is() {
    Awaitility.await().until(() -> templates.get() == 3);
    assertThat(written).isEmpty();
  }

  @Test
  void a_template_that_is_refused_holds_up_no_line_and_is_told() throws InterruptedException {
    templateStatus = 400;
    Awaitility.await().until(() -> installed.state().contains("refused"));
    JournalLine line = append(Kind.LINE, 1).get(0);
    Awaitility.await().until(() -> written.contains(line.id()));
    assertThat(installed.state())
        .isEqualTo(
            "fleetcast-logs is refused: illegal_argument_exception: same priority;"
                + " fleetcast-dead-letter is refused: illegal_argument_exception: same priority");
  }

  @Test
  void what_the_cluster_refuses_waits_and_is_told_and_is_no_dead_letter()
      throws InterruptedException {
    lineError = error(400, "validation_exception", "this action would add [2] shards");
    List<JournalLine> lines = append(Kind.LINE, 5);
    Awaitility.await()
        .until(
            () ->
                "validation_exception: this action would add [2] shards".equals(archive.trouble()));
    lineError = "";
    Awaitility.await().until(() -> archive.trouble() == null && journal.bytes() == 0);
    assertThat(written)
        .containsExactlyInAnyOrderElementsOf(lines.stream().map(JournalLine::id).toList());
    assertThat(documents).noneMatch(document -> document.contains("reason"));
  }

  @Test
  void a_line_that_is_refused_for_itself_is_sent_in_safer_forms_and_then_is_a_dead_letter()
      throws InterruptedException {
    lineError = error(400, "document_parsing_exception", "no");
    JournalLine line = append(Kind.LINE, 1).get(0);
    Awaitility.await().until(() -> written.contains(line.id()));
    assertThat(documents).hasSize(5);
    assertThat(documents.get(0)).isEqualTo("{\"message\":\"m\",\"n\":1}");
    assertThat(documents.get(3))
        .isEqualTo("{\"fleetcast_other_fields\":\"{\\\"message\\\":\\\"m\\\",\\\"n\\\":1}\"}");
    assertThat(documents.get(4)).contains("document_parsing_exception: no");
  }

  /** As Elasticsearch answers of a pipeline that drops, and of a data stream's failure store. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"status\":200,\"result\":\"noop\"|2|drops it",
        "\"status\":201,\"result\":\"created\",\"failure_store\":\"used\"|5|failure store"
      })
  void a_line_that_is_put_elsewhere_as_if_it_were_stored_is_a_dead_letter(
      String outcome, int tries, String reason) throws InterruptedException {
    lineError = outcome;
    JournalLine line = append(Kind.LINE, 1).get(0);
    Awaitility.await().until(() -> written.contains(line.id()) && journal.bytes() == 0);
    assertThat(documents).hasSize(tries);
    assertThat(documents.get(tries - 1)).contains("\"reason\":").contains(reason);
  }

  @Test
  void a_line_that_may_be_refused_for_itself_is_sent_in_a_safer_form_once_and_then_waits()
      throws InterruptedException {
    lineError = error(400, "illegal_argument_exception", "unable to convert");
    append(Kind.LINE, 1);
    Awaitility.await().until(() -> documents.size() >= 3);
    assertThat(documents.get(1)).contains("fleetcast_other_fields");
    assertThat(documents.get(2)).isEqualTo(documents.get(0));
    assertThat(written).isEmpty();
  }

  @Test
  void a_fault_in_its_middle_does_not_end_the_archive() throws InterruptedException {
    faultsToCome.set(Integer.MAX_VALUE);
    JournalLine line = append(Kind.LINE, 1).get(0);
    Awaitility.await().until(() -> "StackOverflowError".equals(archive.trouble()));
    faultsToCome.set(0);
    Awaitility.await().until(() -> archive.trouble() == null && journal.bytes() == 0);
    assertThat(written).contains(line.id());
    assertThat(faults.whatEnded()).isNull();
  }

  @Test
  void an_end_that_nobody_asked_for_is_told() throws InterruptedException {
    thread.interrupt();
    thread.join();
    assertThat(faults.whatEnded()).contains("archive has ended");
  }

  @Test
  void dead_letters_that_are_refused_for_ever_hold_up_no_line() throws InterruptedException {
    deadLetterStatus = 403;
    for (int batch = 0; batch < 12; batch++) {
      append(Kind.DEAD_LETTER, 1_000);
    }
    Awaitility.await().until(() -> journal.unread() == 0);
    JournalLine line = append(Kind.LINE, 1).get(0);
    // Less than the minute after which the journal is read from its beginning.
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> written.contains(line.id()));
    assertThat(archive.trouble()).contains("security_exception");
  }

  @Tag("long")
  @Test
  void a_line_that_is_too_large_for_whoever_stands_before_elasticsearch_is_a_dead_letter()
      throws InterruptedException {
    lineRequestStatus = 413;
    append(Kind.LINE, 2);
    Awaitility.await().until(() -> written.size() == 2);
    assertThat(documents)
        .hasSize(2)
        .allMatch(d -> d.contains("\"reason\":\"http_413\"") && d.contains("\"raw\":"));
    Awaitility.await().until(() -> journal.bytes() == 0);
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
    refreshing = () -> RefusingDisk.refusesAfter(0); // before they are taken out of the journal
    List<JournalLine> lines = append(Kind.LINE, 10);
    Awaitility.await().until(() -> String.valueOf(archive.trouble()).endsWith("Exception"));
    refreshing = () -> {};
    RefusingDisk.works();
    JournalLine later = append(Kind.LINE, 1).get(0);
    Awaitility.await().until(() -> journal.bytes() == 0);
    assertThat(written).contains(later.id(), lines.get(0).id());
    Awaitility.await().until(() -> archive.trouble() == null);
  }

  private List<JournalLine> append(Kind kind, int count) throws InterruptedException {
    List<JournalLine> entries =
        java.util.stream.IntStream.range(0, count)
            .mapToObj(i -> journal.stamp(Instant.now()))
            .map(
                s ->
                    new JournalLine(
                        s.at(), s.id(), kind, null, LINE.getBytes(StandardCharsets.UTF_8)))
            .toList();
    Appended.to(journal, entries, List.of());
    return entries;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (path.equals("/_bulk") && body.contains("logstash-http") && lineRequestStatus != 200) {
      send(exchange, lineRequestStatus, "{}"); // as a proxy before it would
    } else if (path.equals("/_bulk")) {
      List<String> actions = body.lines().filter(line -> line.contains("\"create\"")).toList();
      body.lines().filter(line -> !line.contains("\"create\"")).forEach(documents::add);
      String items = actions.stream().map(this::item).collect(Collectors.joining(","));
      send(exchange, 200, "{\"took\":1,\"errors\":true,\"items\":[" + items + "]}");
    } else if (path.endsWith("/_refresh")) {
      refreshing.run();
      String refused = "{\"error\":{\"type\":\"security_exception\"},\"status\":403}";
      String shards = "{\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}}";
      send(exchange, refreshStatus, refreshStatus == 200 ? shards : refused);
    } else if (path.contains("_simulate_index")) {
      boolean dead = path.contains("dead-letter");
      String ours = TemplateFile.named(dead ? "fleetcast-dead-letter" : "fleetcast-logs").json();
      send(exchange, 200, ours);
    } else {
      templates.incrementAndGet();
      send(
          exchange,
          path.contains("/_component_template/") ? 200 : templateStatus,
          path.contains("/_component_template/") || templateStatus == 200
              ? "{\"acknowledged\":true}"
              : "{" + error(400, "illegal_argument_exception", "same priority") + "}");
    }
  }

  private String item(String action) {
    String id = action.replaceAll(".*\"_id\":\"([^\"]*)\".*", "$1");
    String head = "{\"create\":{\"_index\":\"i\",\"_id\":\"" + id + "\",";
    if (action.contains("dead-letter") && deadLetterStatus != 201) {
      return head + error(deadLetterStatus, "security_exception", "no") + "}}";
    }
    if (action.contains("logstash-http") && !lineError.isEmpty()) {
      return head + lineError + "}}";
    }
    return head + "\"status\":" + (written.add(id) ? 201 : 409) + "}}";
  }

  private static String error(int status, String type, String reason) {
    return "\"status\":%d,\"error\":{\"type\":\"%s\",\"reason\":\"%s\"}"
        .formatted(status, type, reason);
  }

  private static void send(HttpExchange exchange, int status, String json) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.getResponseHeaders().add("X-Elastic-Product", "Elasticsearch");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** The container's metrics, which count nothing here, and throw as often as they are to. */
  private static <T> T silent(Class<T> type, AtomicInteger faultsToCome) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("update") && faultsToCome.getAndDecrement() > 0) {
                throw new StackOverflowError();
              }
              return method.getReturnType().isInterface()
                  ? silent(method.getReturnType(), faultsToCome)
                  : null;
            }));
  }
}
