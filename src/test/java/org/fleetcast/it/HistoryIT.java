package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class HistoryIT {
  private static final int LINES = 2_500;
  private static final int MUCH = 12_000;
  private static final Instant OLD = Instant.parse("2024-05-05T10:00:00Z");

  private final SharedStack stack = SharedStack.get();
  private final Operator operator = Operator.editor(stack.fleetcast());

  @AutoClose private final MqttPublisher device = MqttPublisher.connected(stack.broker().uri());
  private final Api elasticsearch = Api.at(stack.elasticsearch().uri());

  @Test
  void a_page_waits_for_an_index_that_has_no_shard_yet() throws Exception {
    String entity = Operator.unique("shards");
    int id = operator.device(entity);
    String index = "/logstash-http-2023.03.03";
    String nowhere = "{\"settings\":{\"index.routing.allocation.require._name\":\"%s\"}}";
    elasticsearch.send(
        "PUT",
        index + "?wait_for_active_shards=0",
        "application/json",
        nowhere.formatted("nobody"));
    CompletableFuture<Api.Answer> page =
        CompletableFuture.supplyAsync(
            () -> operator.logs(id, "?start=2023-03-03T00:00:00Z&end=2023-03-04T00:00:00Z"));
    assertThatThrownBy(() -> page.get(500, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    elasticsearch.send("DELETE", index, "application/json", "");
    assertThat(page.get(SOON.toSeconds(), TimeUnit.SECONDS).status()).isEqualTo(200);
  }

  @Test
  void two_and_a_half_pages_read_the_same_forward_backward_by_cursor_and_as_text() {
    String entity = Operator.unique("pages");
    int id = operator.device(entity);
    for (int message = 0; message < LINES / 100; message++) {
      StringBuilder payload = new StringBuilder();
      for (int i = 0; i < 100; i++) {
        payload.append(line(entity, "I (1) t: line " + (message * 100 + i)));
      }
      device.publish(TOPIC, payload.toString());
    }
    Awaitility.await().atMost(SOON).until(() -> text(id, "").size() == LINES);
    assertPagesOf(id, Instant.now().minus(Duration.ofHours(1)), Instant.now(), LINES);
    // Once more when the journal has let them go and Elasticsearch alone has them.
    awaitEmptyJournal();
    assertPagesOf(id, Instant.now().minus(Duration.ofHours(1)), Instant.now(), LINES);
    List<String> byDefault = messages(operator.logs(id, "").json());
    assertThat(byDefault).hasSize(1_000).startsWith("I (1) t: line 0");
    List<String> latest = messages(operator.logs(id, "?end=" + Instant.now()).json());
    assertThat(latest).hasSize(1_000).endsWith("I (1) t: line " + (LINES - 1));
  }

  @Test
  void the_log_of_the_fleet_has_each_line_of_its_devices_once_and_names_them() {
    String shared = Operator.unique("shared");
    String own = Operator.unique("own");
    int one = operator.device(shared);
    operator.device(shared);
    int other = operator.device(own);
    String mark = Operator.unique("mark");
    String stranger = line(Operator.unique("stranger"), mark);
    for (int message = 0; message < 11; message++) {
      StringBuilder payload = new StringBuilder(stranger);
      for (int i = 0; i < 100; i++) {
        payload.append(line(i % 2 == 0 ? shared : own, mark + " " + (message * 100 + i)));
      }
      device.publish(TOPIC, payload.toString());
    }
    String range = "?contains=" + mark + "&start=" + Instant.now().minus(Duration.ofHours(1));
    Awaitility.await()
        .atMost(SOON)
        .until(() -> fleet(range + "&format=text").body().lines().count() == 1_100);
    assertFleet(range, mark, List.of(shared, own), other);
    awaitEmptyJournal();
    assertFleet(range, mark, List.of(shared, own), other);
    int model = operator.api().get("/api/devices/" + one).json().getInt("device_model_id");
    JsonObject ofModel = fleet(range + "&fields=*&model_id=" + model).json();
    assertThat(rows(ofModel))
        .hasSize(550)
        .allSatisfy(row -> assertThat(row.getInt("device_id")).isEqualTo(one))
        .allSatisfy(row -> assertThat(row.getJsonObject("fields")).containsKey("entity_id"));
    assertThat(rows(fleet(range + "&model_id=2000000000").json())).isEmpty();
    assertRefused(fleet(range + "&model_id=x"), "model_id");
  }

  private void assertFleet(String range, String mark, List<String> entities, int other) {
    JsonObject first = fleet(range).json();
    String cursor = "&cursor=" + first.getString("next_cursor");
    JsonObject second = fleet("?contains=" + mark + cursor).json();
    assertThat(together(List.of(first, second)))
        .containsExactlyElementsOf(
            IntStream.range(0, 1_100).mapToObj(i -> mark + " " + i).toList());
    for (int i = 0; i < 1_000; i++) {
      JsonObject row = rows(first).get(i);
      assertThat(row.getString("device_entity_id")).isEqualTo(entities.get(i % 2));
      assertThat(String.valueOf(row.get("device_id")))
          .isEqualTo(i % 2 == 0 ? "null" : String.valueOf(other));
    }
    List<String> text = fleet(range + "&format=text").body().lines().toList();
    assertThat(text.get(1)).endsWith("Z - " + entities.get(1) + " " + mark + " 1");
  }

  @Test
  void a_histogram_counts_each_line_once_wherever_it_is_stored() {
    String entity = Operator.unique("counted");
    int id = operator.device(entity);
    int model = operator.api().get("/api/devices/" + id).json().getInt("device_model_id");
    device.publish(TOPIC, (line(entity, "E (1) t: bad") + line(entity, "none")).repeat(10));
    awaitLines(operator, id, 20);
    assertThat(counts(id, "")).isEqualTo("E 10 W 0 I 10");
    awaitEmptyJournal();
    device.publish(TOPIC, line(entity, "W (1) t: odd").repeat(5)); // which the journal has
    awaitLines(operator, id, 25);
    assertThat(counts(id, "")).isEqualTo("E 10 W 5 I 10");
    assertThat(counts(id, "&level=W")).isEqualTo("E 10 W 5 I 0");
    assertThat(counts(id, "&contains=ODD")).isEqualTo("E 0 W 5 I 0");
    JsonObject fleet = operator.api().get("/api/logs/histogram?buckets=1&model_id=" + model).json();
    assertThat(sum(fleet, "E")).isEqualTo(10);
    assertThat(counts(id, "&tag=t&without=bad")).isEqualTo("E 0 W 5 I 0");
    assertThat(counts(id, "&without_tag=t")).isEqualTo("E 0 W 0 I 10");
    assertThat(counts(id, "&field=level:E&field=level:W&without_field=tag:x"))
        .isEqualTo("E 10 W 5 I 0");
    assertThat(counts(id, "&field=room:hall")).isEqualTo("E 0 W 0 I 0");
    assertRefused(operator.logs(id, "/histogram?field=room"), "field");
    assertRefused(operator.logs(id, "/histogram?buckets=0"), "buckets");
    assertRefused(operator.logs(id, "/histogram?start=x"), "start");
  }

  @Test
  void lines_are_found_by_any_field_that_the_device_sent() {
    String entity = Operator.unique("fields");
    int id = operator.device(entity);
    String odd = "{\"entity_id\":\"%s\",\"message\":\"%s\",\"_id\":\"mine\",%s}\n";
    device.publish(
        TOPIC,
        odd.formatted(entity, "one", "\"room\":\"hall\",\"wifi\":{\"rssi\":-61}")
            + odd.formatted(entity, "two", "\"room\":\"attic\",\"wifi.rssi\":-61")
            + odd.formatted(entity, "three", "\"room\":[\"hall\",7],\"a*\":\"b:c\""));
    awaitLines(operator, id, 3);
    for (int place = 0; place < 2; place++) {
      assertThat(messages(id, "field=room:hall")).containsExactly("one", "three");
      assertThat(messages(id, "field=room:hall&field=room:attic&without_field=room:7"))
          .containsExactly("one", "two");
      assertThat(messages(id, "field=wifi.rssi:-61&field=room:attic")).containsExactly("two");
      assertThat(messages(id, "field=_id:mine&field=a*:b%3Ac")).containsExactly("three");
      assertThat(messages(id, "field=entity_id:" + entity + "&field=message:two"))
          .containsExactly("two");
      assertThat(messages(id, "field=@timestamp:never")).isEmpty();
      awaitEmptyJournal(); // and once more from Elasticsearch
    }
    assertRefused(operator.logs(id, "?field=hall"), "field");
    assertRefused(operator.logs(id, "?without_field=x:" + "y".repeat(255)), "without_field");
  }

  private List<String> messages(int id, String query) {
    return messages(operator.logs(id, "?" + query).json());
  }

  private String counts(int id, String more) {
    JsonObject found = operator.logs(id, "/histogram?buckets=500" + more).json();
    return "E %d W %d I %d".formatted(sum(found, "E"), sum(found, "W"), sum(found, "I"));
  }

  private static int sum(JsonObject histogram, String level) {
    return histogram.getJsonArray("buckets").getValuesAs(JsonObject.class).stream()
        .mapToInt(bucket -> bucket.getInt(level))
        .sum();
  }

  private Api.Answer fleet(String query) {
    return operator.api().get("/api/logs" + query);
  }

  private static List<JsonObject> rows(JsonObject page) {
    return page.getJsonArray("logs").getValuesAs(JsonObject.class);
  }

  @Test
  void indices_written_before_fleetcast_are_read_without_hole_or_double() {
    String entity = Operator.unique("old");
    int id = operator.device(entity);
    indicesOf2024HaveTheirOwnMapping();
    StringBuilder bulk = new StringBuilder();
    for (int i = 0; i < 3_000; i++) {
      bulk.append("{\"create\":{}}\n")
          .append(
              "{\"@timestamp\":\"%s\",\"entity_id\":\"%s\",\"message\":\"I (1) t: line %d\"}\n"
                  .formatted(old(2 * i), entity, i));
    }
    Api.Answer written =
        elasticsearch.send(
            "POST",
            "/logstash-http-2024.05.05/_bulk?refresh=true",
            "application/x-ndjson",
            bulk.toString());
    assertThat(written.json().getBoolean("errors")).isFalse();
    assertPagesOf(id, OLD, OLD.plusSeconds(1), 3_000);
    List<String> some =
        messages(operator.logs(id, "?start=" + old(1_001) + "&end=" + old(1_010)).json());
    assertThat(some)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(501, 505).mapToObj(i -> "I (1) t: line " + i).toList());
  }

  /** As the service before wrote them: by dynamic mapping, whole seconds, no id and no level. */
  @Test
  void pages_and_tails_go_from_older_indices_into_ours_without_hole_or_double() {
    String entity = Operator.unique("both");
    int id = operator.device(entity);
    indicesOf2024HaveTheirOwnMapping();
    StringBuilder bulk = new StringBuilder();
    for (int i = 0; i < 1_500; i++) {
      String at = "2024-07-07T12:00:%02d+02:00".formatted(i / 70);
      bulk.append("{\"create\":{\"_id\":\"%s-%04d\"}}\n".formatted(entity, i))
          .append(
              "{\"@timestamp\":\"%s\",\"entity_id\":\"%s\",\"message\":\"%s (1) t: line %d\"}\n"
                  .formatted(at, entity, i % 100 == 99 ? "E" : "I", i));
    }
    Api.Answer written =
        elasticsearch.send(
            "POST",
            "/logstash-http-2024.07.07/_bulk?refresh=true",
            "application/x-ndjson",
            bulk.toString());
    assertThat(written.json().getBoolean("errors")).isFalse();
    StringBuilder payload = new StringBuilder();
    for (int i = 1_500; i < 2_100; i++) {
      payload.append(line(entity, (i % 100 == 99 ? "E" : "I") + " (1) t: line " + i));
    }
    device.publish(TOPIC, payload.toString());
    String since = "2024-07-07T00:00:00Z";
    Awaitility.await().atMost(SOON).until(() -> text(id, "&start=" + since).size() == 2_100);
    assertBoth(id, since);
    awaitEmptyJournal();
    assertBoth(id, since);

    List<JsonObject> tail = tail(entity, id, 1_000);
    assertThat(tail)
        .extracting(row -> row.getString("message").substring(6))
        .containsExactlyElementsOf(
            IntStream.range(1_100, 2_100).mapToObj(i -> "t: line " + i).toList());
    assertThat(tail.get(0).getString("@timestamp")).isEqualTo("2024-07-07T10:00:15.000000Z");
    assertThat(tail.get(0).getString("level")).isEqualTo("I");
    assertThat(tail.get(0).getString("id")).isEqualTo(entity + "-1100");
    JsonObject errors = operator.logs(id, "?end=2024-07-08T00:00:00Z&level=E").json();
    assertThat(errors.getJsonArray("logs")).hasSize(15);
    JsonObject first = errors.getJsonArray("logs").getJsonObject(0);
    assertThat(first.getString("timestamp")).isEqualTo("2024-07-07T10:00:01.000000Z");
    assertThat(first.getString("level")).isEqualTo("E");
    assertThat(first.getString("id")).isEqualTo(entity + "-0099");
    assertThat(
            messages(
                operator.logs(id, "?end=2024-07-08T00:00:00Z&query=" + encoded("*line 7")).json()))
        .containsExactly("I (1) t: line 7");
  }

  private void indicesOf2024HaveTheirOwnMapping() {
    JsonObject template =
        Json.createObjectBuilder()
            .add("index_patterns", Json.createArrayBuilder().add("logstash-http-2024.*"))
            .add("priority", 600)
            .build();
    assertThat(elasticsearch.put("/_index_template/old", template).status()).isEqualTo(200);
  }

  private void assertBoth(int id, String since) {
    List<String> all = IntStream.range(0, 2_100).mapToObj(i -> "t: line " + i).toList();
    List<JsonObject> forward = new ArrayList<>();
    JsonObject page = paged(id, "?start=" + since, forward);
    while (page.getBoolean("has_more")) {
      page = paged(id, "?start=" + page.getString("window_end"), forward);
    }
    assertThat(texts(forward)).containsExactlyElementsOf(all);
    List<JsonObject> backward = new ArrayList<>();
    page = paged(id, "?end=" + Instant.now().plusSeconds(60), backward);
    while (page.getBoolean("has_more")) {
      page = paged(id, "?end=" + page.getString("window_start"), backward);
    }
    assertThat(texts(reversed(backward))).containsExactlyElementsOf(all);
    List<JsonObject> byCursor = new ArrayList<>();
    page = paged(id, "?start=" + since, byCursor);
    while (!page.isNull("next_cursor")) {
      page = paged(id, "?cursor=" + page.getString("next_cursor"), byCursor);
    }
    assertThat(texts(byCursor)).containsExactlyElementsOf(all);
  }

  private JsonObject paged(int id, String query, List<JsonObject> pages) {
    JsonObject page = operator.logs(id, query).json();
    assertThat(times(page)).isSorted();
    pages.add(page);
    assertThat(pages).as("pages until the end").hasSizeLessThan(10);
    return page;
  }

  private static List<String> texts(List<JsonObject> pages) {
    return together(pages).stream().map(message -> message.substring(6)).toList();
  }

  /** The last stored lines of a device, as its stream brings them first. */
  private List<JsonObject> tail(String requestId, int id, int count) {
    try (SseClient stream = operator.follow(id, "?request_id=" + requestId + "&tail=" + count)) {
      Awaitility.await().atMost(SOON).until(() -> linesOf(stream).size() >= count);
      return linesOf(stream);
    }
  }

  private static List<JsonObject> linesOf(SseClient stream) {
    return stream.events("device-logs").stream()
        .flatMap(event -> SinkIT.lines(event).stream())
        .toList();
  }

  @Test
  void what_was_seen_live_is_in_history_at_once() {
    String entity = Operator.unique("live");
    int id = operator.device(entity);
    try (SseClient stream = operator.open(entity)) {
      operator.subscribe(entity, id);
      device.publish(TOPIC, line(entity, "now"));
      SseEvent event = stream.await(SOON, "device-logs");
      JsonObject page = operator.logs(id, "").json();
      assertThat(ids(page)).containsExactly(SinkIT.lines(event).get(0).getString("id"));
      assertThat(page.getBoolean("has_more")).isFalse();
      assertThat(page.isNull("next_cursor")).isTrue();
    }
  }

  @Test
  void case_is_disregarded_by_one_rule_in_the_journal_in_elasticsearch_and_live() {
    String entity = Operator.unique("wild");
    int id = operator.device(entity);
    String tooLongForAQuery = "x".repeat(8_192) + " T\u00dcR";
    List<String> lines =
        List.of(
            "WiFi up",
            "5*5=25",
            "5x5=25",
            "\u00c9tat \ud83d\ude00",
            "Haust\u00fcr ge\u00f6ffnet",
            "HAUST\u00dcR GESCHLOSSEN",
            "Tas\u212a di\u017f\u212a \u0130\u0131",
            "Stra\u00dfe \ud801\udc00",
            tooLongForAQuery);
    lines.forEach(message -> device.publish(TOPIC, line(entity, message)));
    Awaitility.await().atMost(SOON).until(() -> text(id, "").size() == lines.size());
    assertWildcards(id);
    assertLikeTheModel(id, lines);
    awaitEmptyJournal();
    assertWildcards(id);
    assertLikeTheModel(id, lines);
    List<String> doors = List.of(lines.get(4), lines.get(5));
    assertThat(found(id, "*t\u00fcr*")).isEqualTo(doors);
    assertThat(contained(id, "t\u00fcr")).containsAll(doors).contains(tooLongForAQuery);
    assertThat(tailWith(entity, id, "T\u00dcr")).isEqualTo(contained(id, "t\u00fcR"));
  }

  private void assertWildcards(int id) {
    assertThat(found(id, "*wifi*")).containsExactly("WiFi up");
    assertThat(found(id, "wifi")).isEmpty();
    assertThat(found(id, "5*5=25")).containsExactly("5*5=25", "5x5=25");
    assertThat(found(id, "5\\*5=25")).containsExactly("5*5=25");
    assertThat(found(id, "\\w\\Ifi up")).containsExactly("WiFi up");
    assertThat(found(id, "\u00c9TAT ?")).containsExactly("\u00c9tat \ud83d\ude00");
    assertThat(found(id, "\u00e9tat*")).containsExactly("\u00c9tat \ud83d\ude00");
    assertThat(found(id, "*" + "?u".repeat(24) + "*")).isEmpty();
    assertThat(text(id, "&query=" + encoded("5?5*"))).hasSize(2);
  }

  /** Queries and texts from what the lines are made of, each against a model of its own. */
  private void assertLikeTheModel(int id, List<String> lines) {
    Random random = new Random(10);
    for (int i = 0; i < 60; i++) {
      String from = lines.get(random.nextInt(lines.size() - 1));
      int[] part = from.codePoints().skip(random.nextInt(4)).limit(4).toArray();
      String text = new String(part, 0, part.length);
      String other =
          random.nextBoolean() ? text.toUpperCase(Locale.ROOT) : text.toLowerCase(Locale.ROOT);
      Pattern contains = model("*" + other.replaceAll("[*?\\\\]", "\\\\$0") + "*");
      assertThat(contained(id, other))
          .as(other)
          .containsExactlyElementsOf(lines.stream().filter(contains.asMatchPredicate()).toList());
      part[random.nextInt(part.length)] = random.nextBoolean() ? '?' : '*';
      String query = "*" + new String(part, 0, part.length) + "*";
      assertThat(found(id, query))
          .as(query)
          .containsExactlyElementsOf(
              lines.stream()
                  .filter(line -> line.length() <= 8_191)
                  .filter(model(query).asMatchPredicate())
                  .toList());
    }
  }

  private static Pattern model(String wildcards) {
    StringBuilder pattern = new StringBuilder();
    for (int[] c = wildcards.codePoints().toArray(), at = {0}; at[0] < c.length; at[0]++) {
      boolean escaped = c[at[0]] == '\\';
      int one = c[escaped ? ++at[0] : at[0]];
      pattern.append(
          escaped || (one != '*' && one != '?')
              ? Pattern.quote(Character.toString(one))
              : one == '*' ? ".*" : ".");
    }
    return Pattern.compile(
        pattern.toString(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL);
  }

  /** The stored lines that a subscription with that filter gets first. */
  private List<String> tailWith(String entity, int id, String contains) {
    try (SseClient stream = operator.open(entity + contains.length())) {
      JsonObject wanted =
          Json.createObjectBuilder()
              .add("request_id", entity + contains.length())
              .add("device_id", id)
              .add("tail", 100)
              .add("filter", Json.createObjectBuilder().add("contains", contains))
              .build();
      operator.api().post("/api/device-logs/subscribe", wanted.toString());
      return SinkIT.lines(stream.await(SOON, "device-logs")).stream()
          .map(line -> line.getString("message"))
          .toList();
    }
  }

  @Test
  void a_level_counts_as_its_letter_however_it_was_sent() {
    String entity = Operator.unique("levels");
    int id = operator.device(entity);
    List<String> levels =
        List.of("\"error\"", "\"W\"", "\"wArNiNg\"", "\"e\"", "3", "\"7\"", "\"odd\"", "\"Trace\"");
    for (String level : levels) {
      device.publish(
          TOPIC,
          "{\"entity_id\":\"%s\",\"message\":%s,\"level\":%s,\"a.b\":1.50}%n"
              .formatted(entity, Json.createValue("is " + level), level));
    }
    device.publish(TOPIC, line(entity, "none"));
    Awaitility.await().atMost(SOON).until(() -> text(id, "").size() == 9);
    assertLevels(id);
    storeLinesWithNumbersForLevels(entity);
    awaitEmptyJournal();
    assertLevels(id);
    String old = "start=2023-05-05T00:00:00Z&end=2023-05-06T00:00:00Z";
    assertThat(messages(operator.logs(id, "?" + old + "&level=E").json()))
        .containsExactlyInAnyOrder("3", "E (1) a: b");
    assertThat(messages(operator.logs(id, "?" + old + "&level=I").json()))
        .containsExactlyInAnyOrder("3", "4", "6", "E (1) a: b");
  }

  private void assertLevels(int id) {
    List<JsonObject> rows =
        operator.logs(id, "").json().getJsonArray("logs").getValuesAs(JsonObject.class);
    assertThat(rows)
        .extracting(row -> row.isNull("level") ? "-" : row.getString("level"))
        .containsExactly("E", "W", "W", "E", "E", "D", "-", "V", "-");
    assertThat(withLevel(id, "E")).isEqualTo("is \"error\",is \"e\",is 3");
    assertThat(withLevel(id, "W")).isEqualTo("is \"error\",is \"W\",is \"wArNiNg\",is \"e\",is 3");
    assertThat(withLevel(id, "I")).endsWith("is 3,is \"odd\",none");
    assertThat(withLevel(id, "D")).endsWith("is 3,is \"7\",is \"odd\",none");
    assertThat(withLevel(id, "V")).endsWith("is \"Trace\",none");
    String whole = operator.logs(id, "?fields=*&contains=wARNing").body();
    assertThat(whole)
        .contains("\"level\":\"W\",\"fields\":{", "\"level\":\"wArNiNg\"", "\"a.b\":1.50");
    JsonObject page = operator.logs(id, "?fields=*").json();
    assertThat(page.keySet()).isEqualTo(operator.logs(id, "").json().keySet());
  }

  private String withLevel(int id, String level) {
    return String.join(",", messages(operator.logs(id, "?level=" + level).json()));
  }

  /** In an index written before Fleetcast, whose level is a number. */
  private void storeLinesWithNumbersForLevels(String entity) {
    String index = "/logstash-http-2023.05.05";
    String mapping =
        "{\"mappings\":{\"properties\":{\"level\":{\"type\":\"long\"},\"entity_id\":{\"type\":\"text\","
            + "\"fields\":{\"keyword\":{\"type\":\"keyword\"}}},\"message\":{\"type\":\"text\"}}}}";
    assertThat(elasticsearch.put(index, mapping(mapping)).status()).isEqualTo(200);
    for (String level : List.of("3", "4", "6", "7")) {
      storeOld(index, entity, level, "\"level\":" + level + ",");
    }
    storeOld(index, entity, "E (1) a: b", "");
  }

  private static JsonObject mapping(String json) {
    try (JsonReader reader = Json.createReader(new StringReader(json))) {
      return reader.readObject();
    }
  }

  private void storeOld(String index, String entity, String message, String level) {
    String document =
        "{%s\"entity_id\":\"%s\",\"@timestamp\":\"2023-05-05T10:00:00Z\",\"message\":\"%s\"}"
            .formatted(level, entity, message);
    assertThat(elasticsearch.post(index + "/_doc?refresh=true", document).status()).isEqualTo(201);
  }

  @Test
  void the_text_download_escapes_what_a_terminal_would_take_for_more() {
    String entity = Operator.unique("text");
    int id = operator.device(entity);
    device.publish(
        TOPIC,
        line(entity, "E (1) t: a\\r\\nb\\\\c")
            + "{\"entity_id\":\"%s\",\"message\":\"a\\u0007b\\u009b2J\",\"level\":\"E x\\n2026 FORGED\"}\n"
                .formatted(entity)
            + line(entity, "plain"));
    Awaitility.await().atMost(SOON).until(() -> text(id, "").size() == 3);
    List<String> lines = text(id, "");
    assertThat(lines.get(0))
        .matches("\\d{4}-\\d\\d-\\d\\dT[0-9:]{8}\\.\\d{6}Z E E \\(1\\) t: a\\\\r\\\\nb\\\\c");
    assertThat(lines.get(1)).contains("Z - a").doesNotContain("FORGED").matches("\\P{Cntrl}*");
    assertThat(lines.get(2)).endsWith("Z - plain");
  }

  @ParameterizedTest
  @CsvSource({
    "?start=yesterday,start",
    "?end=2026-13-01T00:00:00Z,end",
    "?start=2026-02-02T00:00:00Z&end=2026-02-01T00:00:00Z,start",
    "?cursor=nonsense,cursor",
    "?level=X,level",
    "?level=w,level",
    "?cursor=YXxifGN8ZHxl,cursor",
    "?format=xml,format"
  })
  void what_is_no_range_is_refused_with_its_field(String query, String field) {
    int id = operator.device(Operator.unique("bad"));
    assertRefused(operator.logs(id, query), field);
  }

  @Test
  void a_query_or_text_that_is_too_long_or_too_wild_is_refused() {
    int id = operator.device(Operator.unique("long"));
    assertRefused(operator.logs(id, "?query=" + "x".repeat(1_001)), "query");
    assertRefused(operator.logs(id, "?query=" + "*".repeat(51)), "query");
    assertRefused(operator.logs(id, "?contains=" + "x".repeat(257)), "contains");
    assertThat(operator.logs(id, "?query=" + "x".repeat(1_000)).status()).isEqualTo(200);
    assertThat(operator.logs(id, "?contains=" + "%C3%BC".repeat(256)).status()).isEqualTo(200);
  }

  private static void assertRefused(Api.Answer answer, String field) {
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("code")).isEqualTo("VALIDATION_FAILED");
    JsonObject told =
        answer.json().getJsonObject("details").getJsonArray("fields").getJsonObject(0);
    assertThat(told.getString("field")).isEqualTo(field);
  }

  @Test
  void times_beyond_what_can_be_stored_count_as_the_first_and_the_last() {
    String entity = Operator.unique("ever");
    int id = operator.device(entity);
    device.publish(TOPIC, line(entity, "here"));
    Awaitility.await().atMost(SOON).until(() -> text(id, "").size() == 1);
    for (String range :
        List.of(
            "?start=1066-10-14T09:00:00Z",
            "?start=1066-10-14T09:00:00Z&end=9999-12-31T23:59:59.999999Z",
            "?end=2300-01-01T00:00:00Z",
            "?start=1066-10-14T09:00:00Z&end=9999-12-31T23:59:59Z&query=h*")) {
      Api.Answer answer = operator.logs(id, range);
      assertThat(answer.status()).as(range).isEqualTo(200);
      assertThat(messages(answer.json())).as(range).containsExactly("here");
    }
    assertThat(operator.logs(id, "?end=1066-10-14T09:00:00Z").json().getJsonArray("logs"))
        .isEmpty();
  }

  @Test
  void an_unknown_device_is_not_found_and_one_without_entity_has_an_empty_page() {
    Api.Answer unknown = operator.logs(2_000_000_000, "");
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.json().getString("code")).isEqualTo("RECORD_NOT_FOUND");
    int id = operator.device(Json.createObjectBuilder().add("deviceName", "silent"));
    assertThat(operator.logs(id, "").body())
        .isEqualTo(
            "{\"has_more\":false,\"logs\":[],\"next_cursor\":null,\"window_end\":null,"
                + "\"window_start\":null}");
    assertThat(operator.logs(id, "?format=text").body()).isEmpty();
  }

  @Tag("long")
  @Test
  void one_reader_takes_his_share_and_nobody_elses_and_leaves_nothing_behind() {
    String entity = Operator.unique("greedy");
    int id = operator.device(entity);
    storeMuch(entity);
    String day = "?start=2023-06-01T00:00:00Z&end=2023-06-02T00:00:00Z";
    Operator other = Operator.viewer(stack.fleetcast(), Operator.unique("other"));
    String token = Operator.viewer(stack.fleetcast(), entity).token();
    URI server = stack.fleetcast().uri();
    try (GreedyReader greedy = new GreedyReader(server, token)) {
      for (int i = 0; i < 150; i++) {
        greedy.ask("/api/devices/" + id + "/logs" + day + "&query=*" + "z?".repeat(20) + i + "*");
      }
      Awaitility.await().atMost(SOON).until(() -> refused(greedy) >= 100);
      assertOthersAreServed(other, id);
    }
    awaitNoReaders();
    try (GreedyReader greedy = new GreedyReader(server, token)) {
      for (int i = 0; i < 200; i++) {
        greedy.ask("/api/devices/" + id + "/logs" + day + "&format=text");
      }
      Awaitility.await().atMost(SOON).until(() -> refused(greedy) >= 180);
      assertOthersAreServed(other, id);
      assertThat(other.logs(id, day + "&format=text").body().lines()).hasSize(MUCH);
    }
    awaitNoReaders();
    try (GreedyReader greedy = new GreedyReader(server, token)) {
      for (int i = 0; i < 250; i++) {
        greedy.ask("/api/devices/" + id + "/logs/stream?tail=1000");
      }
      Instant asked = Instant.now();
      try (SseClient stream = other.follow(id, "?tail=1")) {
        stream.await(SOON, "device-logs");
      }
      // Behind 250 tails of the greedy reader it would take more than ten seconds.
      assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(5));
    }
    awaitNoReaders();
  }

  /** Lines of about one kilobyte, of which none is like another. */
  private void storeMuch(String entity) {
    Random random = new Random(7);
    for (int part = 0; part < MUCH / 2_000; part++) {
      StringBuilder bulk = new StringBuilder();
      for (int i = 0; i < 2_000; i++) {
        Instant at = Instant.parse("2023-06-01T00:00:00Z").plusSeconds(part * 2_000 + i);
        bulk.append("{\"create\":{}}\n")
            .append("{\"@timestamp\":\"%s\",\"entity_id\":\"%s\",".formatted(at, entity))
            .append("\"message\":\"");
        random.ints(64).forEach(n -> bulk.append(Integer.toHexString(n)).append(" zz"));
        bulk.append("\"}\n");
      }
      elasticsearch.send(
          "POST",
          "/logstash-http-2023.06.01/_bulk?refresh=true",
          "application/x-ndjson",
          bulk.toString());
    }
  }

  private void assertOthersAreServed(Operator other, int id) {
    String few = "?start=2023-06-01T00:00:00Z&end=2023-06-01T00:00:09Z";
    Api anybody = Api.at(stack.fleetcast().uri());
    for (int i = 0; i < 3; i++) {
      assertServed(1, () -> anybody.get("/health/live"));
      assertServed(1, () -> anybody.get("/metrics"));
      assertServed(1, () -> other.api().get("/api/auth/self"));
      assertServed(2, () -> other.logs(id, few));
    }
  }

  private static void assertServed(int seconds, Supplier<Api.Answer> request) {
    Instant asked = Instant.now();
    assertThat(request.get().status()).isEqualTo(200);
    assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(seconds));
  }

  private static long refused(GreedyReader greedy) {
    return greedy
        .heads()
        .filter(head -> head.startsWith("HTTP/1.1 429") && head.contains("Retry-After: "))
        .filter(head -> head.contains("TOO_MANY_CONNECTIONS"))
        .count();
  }

  private void awaitNoReaders() {
    Api anybody = Api.at(stack.fleetcast().uri());
    Awaitility.await()
        .atMost(SOON)
        .until(
            () ->
                anybody.metric("fleetcast_readers_running", "")
                        + anybody.metric("fleetcast_readers_waiting", "")
                    == 0);
  }

  /** By windows forward and backward, by cursor both ways, and as text: always the same lines. */
  private void assertPagesOf(int id, Instant start, Instant end, int count) {
    List<String> all = IntStream.range(0, count).mapToObj(i -> "I (1) t: line " + i).toList();
    String range = "?start=" + start + "&end=" + end;
    List<JsonObject> forward = new ArrayList<>();
    JsonObject page = read(id, range, forward);
    while (page.getBoolean("has_more")) {
      page = read(id, "?start=" + page.getString("window_end") + "&end=" + end, forward);
    }
    assertThat(together(forward)).containsExactlyElementsOf(all);
    assertThat(forward).hasSize((count + 999) / 1_000);

    List<JsonObject> backward = new ArrayList<>();
    page = read(id, "?end=" + end, backward);
    while (page.getBoolean("has_more")) {
      page = read(id, "?end=" + page.getString("window_start"), backward);
    }
    assertThat(together(reversed(backward))).containsExactlyElementsOf(all);

    assertThat(together(byCursor(id, range))).containsExactlyElementsOf(all);
    assertThat(together(reversed(byCursor(id, "?end=" + end)))).containsExactlyElementsOf(all);
    assertThat(text(id, "&start=" + start + "&end=" + end))
        .extracting(line -> line.substring(line.indexOf(' ') + 3))
        .containsExactlyElementsOf(all);
  }

  private List<JsonObject> byCursor(int id, String first) {
    List<JsonObject> pages = new ArrayList<>();
    JsonObject page = read(id, first, pages);
    while (!page.isNull("next_cursor")) {
      page = read(id, "?cursor=" + page.getString("next_cursor"), pages);
    }
    return pages;
  }

  private JsonObject read(int id, String query, List<JsonObject> pages) {
    JsonObject page = operator.logs(id, query).json();
    assertThat(times(page)).isSorted().doesNotHaveDuplicates();
    pages.add(page);
    assertThat(pages).as("pages until the end").hasSizeLessThan(10);
    return page;
  }

  private static List<JsonObject> reversed(List<JsonObject> pages) {
    List<JsonObject> reversed = new ArrayList<>(pages);
    java.util.Collections.reverse(reversed);
    return reversed;
  }

  private static List<String> together(List<JsonObject> pages) {
    return pages.stream().flatMap(page -> messages(page).stream()).toList();
  }

  /** Waits until history has that many lines of a device. */
  static void awaitLines(Operator operator, int id, int count) {
    Awaitility.await()
        .atMost(SOON)
        .until(() -> operator.logs(id, "?format=text").body().lines().count() == count);
  }

  private List<String> text(int id, String more) {
    return operator.logs(id, "?format=text" + more).body().lines().toList();
  }

  private List<String> found(int id, String query) {
    return messages(operator.logs(id, "?query=" + encoded(query)).json());
  }

  private List<String> contained(int id, String text) {
    return messages(operator.logs(id, "?contains=" + encoded(text)).json());
  }

  private static List<String> messages(JsonObject page) {
    return values(page, "message");
  }

  private static List<String> ids(JsonObject page) {
    return values(page, "id");
  }

  private static List<String> times(JsonObject page) {
    return values(page, "timestamp");
  }

  private static List<String> values(JsonObject page, String field) {
    return page.getJsonArray("logs").getValuesAs(JsonObject.class).stream()
        .map(line -> line.getString(field))
        .toList();
  }

  private void awaitEmptyJournal() {
    awaitEmptyJournal(stack.fleetcast());
  }

  /** Waits until Elasticsearch alone has what was published so far. */
  static void awaitEmptyJournal(Fleetcast server) {
    Api anybody = Api.at(server.uri());
    Awaitility.await("an empty journal")
        .atMost(SOON)
        .until(
            () ->
                anybody
                    .get("/metrics")
                    .body()
                    .lines()
                    .anyMatch(l -> l.matches("fleetcast_journal_bytes\\{.*} 0\\.0")));
  }

  private static String old(long micros) {
    return "2024-05-05T10:00:00.%06dZ".formatted(micros);
  }

  private static String encoded(String query) {
    return URLEncoder.encode(query, StandardCharsets.UTF_8);
  }

  private static String line(String entity, String message) {
    return "{\"entity_id\":\"%s\",\"message\":\"%s\"}\n".formatted(entity, message);
  }
}
