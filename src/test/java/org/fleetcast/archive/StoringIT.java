package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.devices.DeviceEntity;
import org.fleetcast.history.Entities;
import org.fleetcast.history.HistoryRange;
import org.fleetcast.history.LineQuery;
import org.fleetcast.history.StoredLines;
import org.fleetcast.live.LineFilter;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.sink.Appended;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.sink.Journal;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LogMetrics;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.ReceivedLine;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The archive against a real Elasticsearch, each time with a journal of its own and lines of a day
 * long past, so that what is done to that day's index concerns nobody else.
 */
@SuppressWarnings("NullAway.Init")
class StoringIT {
  private static final String ENTITY = "E";
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private final Api elasticsearch = Api.at(SharedStack.get().elasticsearch().uri());
  private SearchIndex index = index("logstash-http-");
  private Run run;

  private static SearchIndex index(String prefix) {
    return new SearchIndex(
        Optional.of(SharedStack.get().elasticsearch().uri().toString()),
        ElasticsearchAccess.open(),
        prefix + "2022.*",
        IndexNames.daily(prefix));
  }

  /** An archive at work on a day. */
  private final class Run {
    private final Instant at;
    private final Journal journal;
    private final IndexTemplates templates;
    private final Archive archive;
    private final Thread thread;
    private final List<JournalLine> lines = new ArrayList<>();

    Run(String day) {
      at = LocalDate.parse(day.replace('.', '-')).atTime(12, 0).toInstant(ZoneOffset.UTC);
      journal = Journal.open(folder, 1 << 30, at);
      templates = new IndexTemplates(index, Clock.fixed(at, ZoneOffset.UTC));
      archive =
          new Archive(
              journal,
              index,
              templates,
              new LogMetrics(silent(MetricRegistry.class)),
              line -> {},
              new InternalFaults(where -> {}, SteadyClock.INSTANCE));
      thread = new Thread(archive, "archive of " + day);
      thread.start();
    }

    void publish(String payload) throws InterruptedException {
      List<JournalLine> taken = new ArrayList<>();
      ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 1 << 20);
      for (ReceivedLine line : reader.read(payload.getBytes(StandardCharsets.UTF_8))) {
        taken.add(JournalLine.of(line, journal.stamp(at)));
      }
      assertThat(taken).allMatch(entry -> entry.kind() == JournalLine.Kind.LINE);
      Appended.to(journal, taken, List.of());
      lines.addAll(taken);
    }

    /** Waits until Elasticsearch has as many as were taken, and none of them as a dead letter. */
    void awaitCount() {
      String name = "/" + index.names().of(JournalLine.Kind.LINE, LogTime.micros(at));
      Awaitility.await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                elasticsearch.post(name + "/_refresh");
                assertThat(count(name)).isEqualTo(lines.size());
              });
      awaitNoDeadLetters();
    }

    /** Waits until Elasticsearch, without the journal, gives all of them back as they came. */
    void awaitAllStored() throws IOException, SearchIndex.Refused {
      awaitCount();
      List<JournalLine> found = found();
      for (JournalLine line : lines) {
        assertThat(found)
            .filteredOn(entry -> entry.id().equals(line.id()))
            .singleElement()
            .satisfies(
                entry ->
                    assertThat(JSON.readTree(entry.json())).isEqualTo(JSON.readTree(line.json())));
      }
    }

    List<JournalLine> found() throws IOException, SearchIndex.Refused {
      return new StoredLines(index)
          .lines(
              Entities.one(ENTITY),
              new HistoryRange(0, LogTime.micros(at.plus(Duration.ofHours(1))), true, null),
              LineFilter.NONE,
              1_000,
              SOON,
              Lookup.within(SOON),
              all -> false)
          .lines();
    }

    void awaitTrouble(String text) {
      Awaitility.await()
          .atMost(SOON)
          .until(() -> archive.trouble(), told -> told != null && told.contains(text));
      awaitNoDeadLetters();
    }

    private void awaitNoDeadLetters() {
      String name = "/fleetcast-dead-letter-" + LogTime.day(LogTime.micros(at));
      Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(count(name)).isZero());
    }

    /** What an index holds; an index that was made this moment answers 503 until it has a shard. */
    private int count(String name) {
      Api.Answer answer = elasticsearch.get(name + "/_count?ignore_unavailable=true");
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      return answer.json().getInt("count");
    }

    void stop() throws InterruptedException {
      archive.stop();
      thread.join();
      journal.close();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    run.stop();
    index.close();
  }

  @Test
  void no_field_keeps_its_line_from_being_stored_and_coming_back_whole() throws Exception {
    run = new Run("2022.02.01"); // the foreign templates of the others are for later days
    run.publish(oddLines());
    run.awaitAllStored();
    assertThat(run.templates.state()).isEqualTo("ok");
  }

  @Test
  void beside_another_service_its_indices_and_their_template_have_names_of_their_own()
      throws Exception {
    index.close();
    index = index("beside-");
    run = new Run("2022.02.02");
    run.publish(oddLines());
    run.awaitAllStored();
    assertThat(run.templates.state()).isEqualTo("ok");
    assertThat(elasticsearch.get("/_index_template/fleetcast-logs-beside-").body())
        .contains("[\"beside-*\"]");
    assertThat(run.count("/logstash-http-2022.02.02")).isZero();
  }

  @Test
  void no_field_does_so_under_a_foreign_mapping_either() throws Exception {
    String day = "2022.03.02";
    foreign("foreign-dynamic", day, 900, "\"template\":{\"settings\":{\"number_of_shards\":1}}");
    run = new Run(day);
    run.publish(line("\"temp\":21"));
    run.publish(line("\"temp\":\"n/a\"") + line("\"temp\":{\"c\":1}") + line("\"level\":3"));
    run.publish(
        line("\"level\":\"E\"") + line("\"deep\":" + "{\"a\":".repeat(40) + "1" + "}".repeat(40)));
    run.publish("{\"entity_id\":\"E\",\"message\":\"2026-01-01\"}\n" + oddLines());
    run.awaitAllStored();
    assertThat(run.templates.state())
        .contains("foreign-dynamic of higher priority hides fleetcast-logs: logstash-http-" + day);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2022.03.03|\"template\":{\"settings\":{\"index.mapping.total_fields.limit\":30}}",
        "2022.03.04|\"template\":{\"mappings\":{\"dynamic_templates\":[{\"s\":{"
            + "\"match_mapping_type\":\"string\",\"mapping\":{\"type\":\"keyword\"}}}]}}",
        "2022.03.05|\"data_stream\":{}",
        "2022.09.03|\"template\":{\"mappings\":{\"dynamic\":\"strict\",\"properties\":{"
            + "\"@timestamp\":{\"type\":\"date\"},\"message\":{\"type\":\"text\"}}}}",
      })
  void nor_under_one_with_few_fields_or_keywords_only_or_a_data_stream_or_no_field_of_ours(
      String day, String template) throws Exception {
    foreign("foreign-" + day, day, 900, template);
    run = new Run(day);
    run.publish(line("\"n\":1"));
    StringBuilder many = new StringBuilder();
    for (int n = 0; n < 50; n++) {
      many.append(line("\"f" + n + "\":1"));
    }
    run.publish(many + line("\"x\":\"" + "\u20ac".repeat(40_000) + "\""));
    run.publish("{\"entity_id\":\"E\",\"message\":\"%s\"}\n".formatted("m".repeat(40_000)));
    run.awaitAllStored();
    assertThat(run.templates.state()).contains("hides fleetcast-logs");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2022.03.10|{}",
        "2022.03.11|{\"entity_id\":{\"type\":\"keyword\"},\"message\":{\"type\":\"text\","
            + "\"fields\":{\"keyword\":{\"type\":\"keyword\"}}}}"
      })
  void a_foreign_template_that_maps_less_than_ours_is_told(String day, String fields) {
    foreign(
        "foreign-" + day,
        day,
        900,
        "\"template\":{\"mappings\":{\"dynamic\":false,\"properties\":" + fields + "}}");
    run = new Run(day);
    Awaitility.await()
        .atMost(SOON)
        .until(() -> run.templates.state().contains("hides fleetcast-logs: logstash-http-" + day));
  }

  @Test
  void lines_of_an_index_that_keeps_no_source_are_told_and_harm_no_page() throws Exception {
    String day = "2022.09.02";
    foreign(
        "foreign-" + day,
        day,
        900,
        "\"template\":{\"mappings\":{\"_source\":{\"enabled\":false}}}");
    custom("fleetcast-logs@custom", "\"mappings\":{\"_source\":{\"excludes\":[\"message\"]}}");
    try {
      run = new Run("2022.09.01");
      Awaitility.await()
          .atMost(SOON)
          .until(() -> run.templates.state().contains("keeps no _source"));
      run.stop();
      run = new Run(day);
      run.publish(line("\"n\":1"));
      run.awaitCount();
      assertThat(run.found()).extracting(JournalLine::id).contains(run.lines.get(0).id());
    } finally {
      noCustom();
    }
  }

  @Test
  void a_foreign_template_of_logstashs_own_priority_is_no_concern() throws Exception {
    foreign("foreign-logstash", "*", 200, "\"template\":{\"settings\":{\"number_of_shards\":1}}");
    run = new Run("2022.03.06");
    run.publish(line("\"temp\":21") + line("\"temp\":\"n/a\""));
    run.awaitAllStored();
    assertThat(run.templates.state()).isEqualTo("ok");
    elasticsearch.delete("/_index_template/foreign-logstash");
  }

  @Test
  void a_legacy_template_is_no_concern_either() throws Exception {
    String legacy =
        "{\"index_patterns\":[\"logstash-http-2022.03.12*\"],\"order\":900,\"mappings\":{"
            + "\"properties\":{\"temp\":{\"type\":\"integer\"},\"message\":{\"type\":\"date\"}}}}";
    elasticsearch.delete("/_index_template/fleetcast-logs"); // beside which none can be put
    ok(elasticsearch.send("PUT", "/_template/legacy", "application/json", legacy));
    run = new Run("2022.03.12");
    Awaitility.await().atMost(SOON).until(() -> run.templates.state().equals("ok"));
    run.publish(line("\"temp\":21") + line("\"temp\":\"n/a\""));
    run.awaitAllStored();
    elasticsearch.delete("/_template/legacy");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2022.02.02|\"codec\":\"default\"|codec|default",
        "2022.02.03|\"mode\":\"logsdb\",\"mapping.source.mode\":\"stored\"|mode|logsdb"
      })
  void a_part_of_the_operators_own_holds_for_new_indices_and_lines_come_back_whole(
      String day, String settings, String name, String value) throws Exception {
    custom(
        "fleetcast-logs@custom", "\"settings\":{\"number_of_replicas\":0,%s}".formatted(settings));
    custom("fleetcast-dead-letter@custom", "\"settings\":{\"number_of_replicas\":0}");
    try {
      run = new Run(day);
      run.publish(oddLines());
      run.awaitAllStored();
      assertThat(run.templates.state()).isEqualTo("ok");
      assertThat(setting("logstash-http-" + day, "number_of_replicas")).isEqualTo("0");
      assertThat(setting("logstash-http-" + day, name)).isEqualTo(value);
      assertThat(simulated("fleetcast-dead-letter-" + day))
          .contains("\"number_of_replicas\":\"0\"");
    } finally {
      noCustom();
    }
  }

  @Test
  void one_by_which_lines_would_come_back_otherwise_is_told() {
    custom("fleetcast-logs@custom", "\"settings\":{\"mode\":\"logsdb\"}");
    try {
      run = new Run("2022.02.06");
      Awaitility.await()
          .atMost(SOON)
          .until(
              () ->
                  run.templates
                      .state()
                      .startsWith(
                          "logstash-http-2022.02.06 gets index.mode logsdb without"
                              + " index.mapping.source.mode stored"));
    } finally {
      noCustom();
    }
  }

  @Test
  void one_that_does_not_fit_is_left_out_and_told_until_it_is_corrected() throws Exception {
    elasticsearch.delete("/_index_template/fleetcast-logs"); // beside which it could not be put
    custom("fleetcast-logs@custom", "\"settings\":{\"index.mapping.total_fields.limit\":3}");
    try {
      run = new Run("2022.02.04");
      run.publish(oddLines());
      run.awaitAllStored();
      assertThat(run.templates.state())
          .startsWith("fleetcast-logs@custom is left out, since Elasticsearch refuses it: ")
          .contains("[3]")
          .doesNotContain(";", "hides");
      assertThat(setting("logstash-http-2022.02.04", "codec")).isEqualTo("best_compression");

      noCustom();
      run.templates.again(new SearchIndex.Refused(0, "", new ConnectException()));
      run.publish(line("\"n\":1"));
      Awaitility.await().atMost(SOON).until(() -> run.templates.state().equals("ok"));
    } finally {
      noCustom();
    }
  }

  @Tag("long")
  @Test
  void one_by_which_no_node_may_have_an_index_is_told_by_what_elasticsearch_says()
      throws Exception {
    custom(
        "fleetcast-logs@custom", "\"settings\":{\"index.routing.allocation.require.disk\":\"no\"}");
    try {
      run = new Run("2022.02.05");
      run.publish(line("\"n\":1"));
      run.awaitTrouble("primary shard is not active");
      String any = "{\"index.routing.allocation.require.disk\":null}";
      ok(elasticsearch.send("PUT", "/logstash-http-2022.02.05/_settings", "application/json", any));
      run.awaitAllStored();
    } finally {
      noCustom();
    }
  }

  @Test
  void a_cluster_at_its_shard_limit_makes_no_dead_letters() throws Exception {
    run = new Run("2022.03.07");
    Awaitility.await().atMost(SOON).until(() -> run.templates.state().equals("ok"));
    try {
      shardsPerNode("1");
      run.publish(oddLines());
      run.awaitTrouble(
          "validation_exception: Validation Failed: 1: this action would add [2] shards");
    } finally {
      shardsPerNode("null");
    }
    run.awaitAllStored();
    Awaitility.await().atMost(SOON).until(() -> run.archive.trouble() == null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2022.03.08", "2022.03.09"})
  void a_closed_index_and_a_missing_pipeline_make_none(String day) throws Exception {
    run = new Run(day);
    Awaitility.await().atMost(SOON).until(() -> run.templates.state().equals("ok"));
    String name = "/logstash-http-" + day;
    boolean closed = day.endsWith("08");
    String settings = closed ? "{}" : "{\"settings\":{\"index.default_pipeline\":\"nope\"}}";
    ok(elasticsearch.send("PUT", name, "application/json", settings));
    if (closed) {
      ok(elasticsearch.post(name + "/_close"));
    }
    run.publish(line("\"n\":1") + line("\"n\":2"));
    run.awaitTrouble(closed ? "index_closed_exception" : "pipeline with id [nope] does not exist");
    if (closed) {
      ok(elasticsearch.post(name + "/_open"));
    } else {
      String none = "{\"index.default_pipeline\":\"_none\"}";
      ok(elasticsearch.send("PUT", name + "/_settings", "application/json", none));
    }
    run.awaitAllStored();
  }

  /** Elasticsearch takes 65,536 of them; beyond that only what is found says whose it is. */
  @ParameterizedTest
  @CsvSource({"2022.01.03,20000", "2022.01.04,65537"})
  void the_lines_of_a_large_fleet_are_found_and_nobody_elses(String day, int devices)
      throws Exception {
    List<DeviceEntity> fleet = new ArrayList<>();
    for (int i = 0; i < devices; i++) {
      fleet.add(new DeviceEntity(i, "sensor.with-a-name-of-usual-length." + i));
    }
    run = new Run(day);
    String last = "sensor.with-a-name-of-usual-length." + (devices - 1);
    run.publish(line("\"n\":1") + line("\"n\":2").replace("\"E\"", "\"" + last + "\""));
    run.awaitCount();
    StoredLines stored = new StoredLines(index);
    long noon = LogTime.micros(run.at);
    HistoryRange range = new HistoryRange(noon, noon + 60_000_000, false, null);
    Lookup reading = Lookup.within(SOON);
    Entities whose = Entities.of(fleet);
    assertThat(stored.rows(whose, range, LineQuery.ALL, 10, reading).lines())
        .singleElement()
        .satisfies(row -> assertThat(row.entityId()).isEqualTo(last));
    assertThat(stored.lines(whose, range, LineFilter.NONE, 10, SOON, reading, all -> false).lines())
        .extracting(JournalLine::id)
        .containsExactly(run.lines.get(1).id());
  }

  /** One odd thing a line; 51 and more of them. */
  private static String oddLines() {
    StringBuilder lines = new StringBuilder();
    for (String name :
        List.of(
            "",
            " ",
            "  ",
            "\\t",
            "\\u3000",
            ".",
            "..",
            "a.",
            "a..b",
            ".a",
            "a. .b",
            " .a",
            "a. ",
            "a.b",
            "a",
            "level.name",
            "level.",
            "message.x",
            "message.keyword",
            "entity_id.keyword",
            "tag.x",
            "id.x",
            "@timestamp.x",
            "_id",
            "_index",
            "_source",
            "_routing",
            "_type",
            "_field_names",
            "_ignored",
            "_seq_no",
            "_version",
            "_doc_count",
            "_tier",
            "_nested_path",
            "_data_stream_timestamp",
            "_ignored_source",
            "_",
            "_foo",
            "\\u0000",
            "n".repeat(40_000),
            "fleetcast_other_fields")) {
      lines.append(line("\"" + name + "\":\"x\"")).append(line("\"" + name + "\":{\"b\":1}"));
    }
    for (String field : List.of("level", "tag", "sgr", "temp")) {
      for (String value :
          List.of(
              "{\"a\":1}",
              "[1,\"a\"]",
              "[{\"a\":1}]",
              "{}",
              "[]",
              "12",
              "1.50",
              "true",
              "null",
              "\"" + "x".repeat(9_000) + "\"",
              "\"" + "x".repeat(40_000) + "\"",
              "1" + "0".repeat(400))) {
        lines.append(line("\"" + field + "\":" + value));
      }
    }
    return lines
        .append(line("\"o\":{\"\":1,\"a..b\":{\".\":2},\"_id\":3}"))
        .append(line("\"o\":" + "[".repeat(400) + "]".repeat(400)))
        .append("{\"entity_id\":\"E\",\"message\":\"%s\"}\n".formatted("m".repeat(40_000)))
        .toString();
  }

  private static String line(String member) {
    return "{\"entity_id\":\"E\",\"message\":\"E (1) pump: stalled\"," + member + "}\n";
  }

  private void foreign(String name, String day, int priority, String more) {
    String template =
        "{\"index_patterns\":[\"logstash-%s\"],\"priority\":%d,%s}"
            .formatted(day.equals("*") ? "*" : "http-" + day + "*", priority, more);
    ok(elasticsearch.send("PUT", "/_index_template/" + name, "application/json", template));
  }

  private void custom(String name, String template) {
    String body = "{\"template\":{%s}}".formatted(template);
    ok(elasticsearch.send("PUT", "/_component_template/" + name, "application/json", body));
  }

  private void noCustom() {
    elasticsearch.delete("/_component_template/fleetcast-logs@custom");
    elasticsearch.delete("/_component_template/fleetcast-dead-letter@custom");
  }

  private String setting(String name, String setting) {
    return elasticsearch
        .get("/" + name + "/_settings?flat_settings=true")
        .json()
        .getJsonObject(name)
        .getJsonObject("settings")
        .getString("index." + setting);
  }

  private String simulated(String name) {
    return elasticsearch.post("/_index_template/_simulate_index/" + name).body();
  }

  private void shardsPerNode(String limit) {
    String settings = "{\"transient\":{\"cluster.max_shards_per_node\":" + limit + "}}";
    ok(elasticsearch.send("PUT", "/_cluster/settings", "application/json", settings));
  }

  private static void ok(Api.Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  /** The container's metrics, which count nothing here. */
  private static <T> T silent(Class<T> type) {
    Supplier<Object> nothing = () -> null;
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                method.getReturnType().isInterface()
                    ? silent(method.getReturnType())
                    : nothing.get()));
  }
}
