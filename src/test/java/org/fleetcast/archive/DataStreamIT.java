package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonString;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.history.Entities;
import org.fleetcast.history.HistoryRange;
import org.fleetcast.history.LineQuery;
import org.fleetcast.history.StoredLines;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.sink.Appended;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.sink.Journal;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LogMetrics;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.ReceivedLine;
import org.fleetcast.sink.StoredLine;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The archive with a data stream of a real Elasticsearch, which rolls over at the worst moments.
 */
@SuppressWarnings("NullAway.Init")
class DataStreamIT {
  private static final AtomicInteger TESTS = new AtomicInteger();
  private static final Instant AT = Instant.parse("2023-05-06T12:00:00Z");
  private static final int LINES = 20;

  @TempDir Path folder;

  private final Api elasticsearch = Api.at(SharedStack.get().elasticsearch().uri());
  private final String prefix = "streamed-" + TESTS.incrementAndGet() + "-";
  private final String stream = "fleet-" + TESTS.get();
  private final List<JournalLine> lines = new ArrayList<>();
  private LossyNetwork network;
  private SearchIndex index;
  private IndexTemplates templates;
  private Journal journal;
  private Archive archive;
  private Thread thread;

  @BeforeEach
  void start() throws Exception {
    network = new LossyNetwork(SharedStack.get().elasticsearch().uri());
    start(new IndexNames(prefix, Optional.of(stream)));
  }

  private void start(IndexNames names) {
    index =
        new SearchIndex(
            Optional.of(network.url()), ElasticsearchAccess.open(), prefix + "*", names);
    journal = Journal.open(folder, 1 << 30, AT);
    templates = new IndexTemplates(index, Clock.fixed(AT, ZoneOffset.UTC));
    archive =
        new Archive(
            journal,
            index,
            templates,
            new LogMetrics(Stub.of(MetricRegistry.class)),
            line -> {},
            new InternalFaults(where -> {}, SteadyClock.INSTANCE));
    thread = new Thread(archive, "archive");
    thread.start();
  }

  private void end() throws InterruptedException {
    archive.stop();
    thread.join();
    journal.close();
    index.close();
  }

  @AfterEach
  void stop() throws InterruptedException {
    end();
    network.close();
  }

  @Test
  void lines_go_to_the_stream_and_leave_the_journal() throws Exception {
    publish();
    awaitOnceEach();
    // At once, or after the minute of doubt when Elasticsearch took its time.
    Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> journal.bytes() == 0);
    assertThat(templates.state()).isEqualTo("ok");
    assertThat(names()).hasSize(1);
    assertThat(elasticsearch.get("/_component_template/fleetcast-lifecycle").body())
        .contains("\"lifecycle\":{\"enabled\":true");
  }

  @Test
  void pages_go_over_the_indices_of_the_stream_and_the_daily_ones_from_before_it()
      throws Exception {
    end();
    start(IndexNames.daily(prefix));
    publish();
    Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> journal.bytes() == 0);
    end();
    start(new IndexNames(prefix, Optional.of(stream)));
    publish();
    awaitOnceEach();
    rollOver();
    publish();
    awaitOnceEach();
    assertThat(counts()).isEqualTo(List.of(LINES, LINES, LINES));
    assertThat(found()).isEqualTo(lines.stream().map(JournalLine::id).toList());
  }

  @Test
  void a_line_whose_answer_is_lost_before_a_rollover_is_there_once() throws Exception {
    network.loseNext(
        request -> {
          request.send();
          rollOver();
        });
    publish();
    Awaitility.await().until(() -> network.answered() > 0);
    awaitOnceEach();
    assertThat(counts()).as("the older one stays").startsWith(LINES);
    assertThat(journal.bytes()).as("another request may be on its way").isPositive();
  }

  @Test
  void a_line_that_the_journal_still_holds_at_a_start_after_a_rollover_is_there_once()
      throws Exception {
    network.refuseRefreshes();
    publish();
    Awaitility.await().until(() -> network.answered() > 0);
    end();
    rollOver();
    network.close();
    network = new LossyNetwork(SharedStack.get().elasticsearch().uri());
    start(new IndexNames(prefix, Optional.of(stream)));
    Awaitility.await().until(() -> network.answered() > 0);
    awaitOnceEach();
  }

  @Tag("long")
  @Test
  void one_that_a_daily_index_has_from_before_the_stream_is_not_in_the_stream_too()
      throws Exception {
    end();
    network.refuseRefreshes();
    start(IndexNames.daily(prefix));
    publish();
    Awaitility.await().until(() -> network.answered() > 0);
    end();
    network.close();
    network = new LossyNetwork(SharedStack.get().elasticsearch().uri());
    start(new IndexNames(prefix, Optional.of(stream)));
    Awaitility.await().until(() -> network.answered() > 0);
    awaitOnceEach();
    assertThat(counts()).startsWith(LINES);
  }

  @Tag("long")
  @Test
  void a_request_that_arrives_after_a_rollover_and_after_its_repetition_adds_nothing()
      throws Exception {
    CompletableFuture<LossyNetwork.Request> late = new CompletableFuture<>();
    network.loseNext(late::complete);
    publish();
    Awaitility.await().until(() -> network.answered() > 0);
    awaitOnceEach();
    rollOver();
    late.join().send();
    refresh();
    assertThat(counts()).isEqualTo(List.of(LINES, LINES));
    Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> journal.bytes() == 0);
    awaitOnceEach();
  }

  @Tag("long")
  @Test
  void where_there_is_an_index_of_that_name_lines_wait_and_it_is_told() throws Exception {
    end();
    elasticsearch.delete("/_index_template/fleetcast-stream-" + stream); // beside which none can be
    elasticsearch.send("PUT", "/" + stream, "application/json", "{}");
    start(new IndexNames(prefix, Optional.of(stream)));
    try {
      publish();
      Awaitility.await()
          .until(() -> archive.trouble(), told -> told != null && told.contains("data_stream"));
      assertThat(journal.bytes()).isPositive();
    } finally {
      elasticsearch.delete("/" + stream);
    }
    Awaitility.await().until(() -> archive.trouble() == null);
    awaitOnceEach();
  }

  private void publish() throws InterruptedException {
    ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 1 << 20);
    List<JournalLine> taken = new ArrayList<>();
    for (int i = 0; i < LINES; i++) {
      byte[] line = "{\"entity_id\":\"E\",\"message\":\"m\"}\n".getBytes(StandardCharsets.UTF_8);
      reader.read(line).forEach(read -> taken.add(JournalLine.of(read, journal.stamp(AT))));
    }
    Appended.to(journal, taken, List.of());
    lines.addAll(taken);
  }

  private void rollOver() {
    Api.Answer answer = elasticsearch.post("/" + stream + "/_rollover");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private void refresh() {
    elasticsearch.post("/" + stream + "," + prefix + "*/_refresh?ignore_unavailable=true");
  }

  /** How many are in the daily indices, where there are some, and in each index of the stream. */
  private List<Integer> counts() {
    List<Integer> counts = new ArrayList<>();
    int daily = count(prefix + "*");
    if (daily > 0) {
      counts.add(daily);
    }
    names().forEach(name -> counts.add(count(name)));
    return counts;
  }

  /** The indices of the stream, the oldest first. */
  private List<String> names() {
    return elasticsearch
        .get("/_resolve/index/" + stream)
        .json()
        .getJsonArray("data_streams")
        .getJsonObject(0)
        .getJsonArray("backing_indices")
        .getValuesAs(JsonString::getString);
  }

  private int count(String name) {
    Api.Answer answer = elasticsearch.get("/" + name + "/_count?ignore_unavailable=true");
    return answer.status() == 200 ? answer.json().getInt("count") : -1;
  }

  private void awaitOnceEach() {
    Awaitility.await()
        .untilAsserted(
            () -> {
              refresh();
              assertThat(count(stream + "," + prefix + "*")).isEqualTo(lines.size());
              assertThat(found()).hasSameSizeAs(lines);
            });
  }

  /** The ids of all lines, as history reads them. */
  private List<String> found() throws SearchIndex.Refused {
    long noon = LogTime.micros(AT);
    Duration patience = Duration.ofSeconds(30);
    return new StoredLines(index)
            .rows(
                Entities.one("E"),
                new HistoryRange(noon - 60_000_000, noon + 60_000_000, false, null),
                LineQuery.ALL,
                1_000,
                Lookup.within(patience))
            .lines()
            .stream()
            .map(StoredLine::id)
            .toList();
  }
}
