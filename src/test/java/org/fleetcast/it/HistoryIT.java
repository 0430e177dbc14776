package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class HistoryIT {
  private static final int LINES = 2_500;
  private static final Instant OLD = Instant.parse("2024-05-05T10:00:00Z");

  private final SharedStack stack = SharedStack.get();
  private final Operator operator = Operator.editor(stack.fleetcast());

  @AutoClose private final MqttPublisher device = MqttPublisher.connected(stack.broker().uri());
  private final Api elasticsearch = Api.at(stack.elasticsearch().uri());

  @Test
  void twoAndAHalfPagesReadTheSameForwardBackwardByCursorAndAsText() {
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
  void indicesWrittenBeforeFleetcastAreReadWithoutHoleOrDouble() {
    String entity = Operator.unique("old");
    int id = operator.device(entity);
    JsonObject byTheirOwnMapping =
        Json.createObjectBuilder()
            .add("index_patterns", Json.createArrayBuilder().add("logstash-http-2024.*"))
            .add("priority", 600)
            .build();
    assertThat(elasticsearch.put("/_index_template/old", byTheirOwnMapping).status())
        .isEqualTo(200);
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

  @Test
  void whatWasSeenLiveIsInHistoryAtOnce() {
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
  void wildcardsFindTheSameInTheJournalAndInElasticsearch() {
    String entity = Operator.unique("wild");
    int id = operator.device(entity);
    device.publish(
        TOPIC,
        line(entity, "WiFi up")
            + line(entity, "5*5=25")
            + line(entity, "5x5=25")
            + line(entity, "\u00c9tat \ud83d\ude00"));
    Awaitility.await().atMost(SOON).until(() -> text(id, "").size() == 4);
    assertWildcards(id);
    awaitEmptyJournal();
    assertWildcards(id);
  }

  private void assertWildcards(int id) {
    assertThat(found(id, "*wifi*")).containsExactly("WiFi up");
    assertThat(found(id, "wifi")).isEmpty();
    assertThat(found(id, "5*5=25")).containsExactly("5*5=25", "5x5=25");
    assertThat(found(id, "5\\*5=25")).containsExactly("5*5=25");
    assertThat(found(id, "\\w\\Ifi up")).containsExactly("WiFi up");
    assertThat(found(id, "\u00c9TAT ?")).containsExactly("\u00c9tat \ud83d\ude00");
    assertThat(found(id, "\u00e9tat*")).isEmpty();
    assertThat(text(id, "&query=" + encoded("5?5*"))).hasSize(2);
  }

  @Test
  void theTextDownloadEscapesLineBreaksOnly() {
    String entity = Operator.unique("text");
    int id = operator.device(entity);
    device.publish(TOPIC, line(entity, "E (1) t: a\\r\\nb\\\\c") + line(entity, "plain"));
    Awaitility.await().atMost(SOON).until(() -> text(id, "").size() == 2);
    List<String> lines = text(id, "");
    assertThat(lines.get(0))
        .matches("\\d{4}-\\d\\d-\\d\\dT[0-9:]{8}\\.\\d{6}Z E E \\(1\\) t: a\\\\r\\\\nb\\\\c");
    assertThat(lines.get(1)).endsWith("Z - plain");
  }

  @ParameterizedTest
  @CsvSource({
    "?start=yesterday,start",
    "?end=2026-13-01T00:00:00Z,end",
    "?start=2026-02-02T00:00:00Z&end=2026-02-01T00:00:00Z,start",
    "?cursor=nonsense,cursor",
    "?cursor=YXxifGN8ZHxl,cursor",
    "?format=xml,format"
  })
  void whatIsNoRangeIsRefusedWithItsField(String query, String field) {
    int id = operator.device(Operator.unique("bad"));
    assertRefused(operator.logs(id, query), field);
  }

  @Test
  void aQueryThatIsTooLongOrTooWildIsRefused() {
    int id = operator.device(Operator.unique("long"));
    assertRefused(operator.logs(id, "?query=" + "x".repeat(1_001)), "query");
    assertRefused(operator.logs(id, "?query=" + "*".repeat(51)), "query");
    assertThat(operator.logs(id, "?query=" + "x".repeat(1_000)).status()).isEqualTo(200);
  }

  private static void assertRefused(Api.Answer answer, String field) {
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("code")).isEqualTo("VALIDATION_FAILED");
    JsonObject told =
        answer.json().getJsonObject("details").getJsonArray("fields").getJsonObject(0);
    assertThat(told.getString("field")).isEqualTo(field);
  }

  @Test
  void timesBeyondWhatCanBeStoredCountAsTheFirstAndTheLast() {
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
  void anUnknownDeviceIsNotFoundAndOneWithoutEntityHasAnEmptyPage() {
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
        .atMost(Duration.ofSeconds(30))
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
