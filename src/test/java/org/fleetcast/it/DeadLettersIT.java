package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.microshed.testing.jupiter.MicroShedTest;

@MicroShedTest
public class DeadLettersIT {
  /** Not so long ago that they would be deleted for their age. */
  private LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(3);

  private final SharedStack stack = SharedStack.get();
  private final Operator operator = Operator.editor(stack.fleetcast());

  @AutoClose private final MqttPublisher device = MqttPublisher.connected(stack.broker().uri());
  private final Api elasticsearch = Api.at(stack.elasticsearch().uri());

  @Test
  void what_could_not_be_taken_is_listed_at_once_newest_first() {
    String mark = Operator.unique("bad");
    device.publish(TOPIC, "{\"n\":1,\"" + mark + "\":NaN}\n{\"n\":2,\"" + mark + "\":NaN}");
    List<JsonObject> letters =
        Awaitility.await()
            .atMost(SOON)
            .until(
                () ->
                    list("?end=2100-01-01T00:00:00Z")
                        .getJsonArray("dead_letters")
                        .getValuesAs(JsonObject.class)
                        .stream()
                        .filter(letter -> letter.getString("raw").contains(mark))
                        .toList(),
                found -> found.size() == 2);
    assertThat(letters.get(0).getString("raw")).contains("\"n\":2");
    assertThat(letters.get(0).keySet())
        .containsExactlyInAnyOrder("id", "timestamp", "reason", "raw", "encoding", "entity_id");
    assertThat(letters.get(0).getString("encoding")).isEqualTo("text");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_day_of_dead_letters_is_listed_in_pages_and_put_back_under_its_own_ids_and_times(
      boolean foreign) {
    if (foreign) {
      day = day.minusDays(2); // also where midnight lies between this run and the other one
      storeByElasticsearchsOwnMapping();
    }
    String entity = Operator.unique("back");
    int id = operator.device(entity);
    List<String> letters = new ArrayList<>();
    IntStream.range(0, 240).forEach(n -> letters.add(refusedLine(entity, n)));
    letters.add(
        quarantined(
            entity, 240, "{\"entity_id\":\"" + entity + "\",\"message\":\"m240\"}", "text"));
    letters.add(
        quarantined(
            entity,
            241,
            Base64.getEncoder()
                .encodeToString(
                    ("{\"entity_id\":\"" + entity + "\",\"message\":\"m241\"}")
                        .getBytes(StandardCharsets.UTF_8)),
            "base64"));
    letters.add(quarantined(entity, 242, "still {no} JSON", "text"));
    write(letters);

    List<String> listed = new ArrayList<>();
    String query = "?device_id=" + id + "&start=" + time(0) + "&end=" + time(242);
    JsonObject page = list(query);
    while (page.getBoolean("has_more")) {
      page.getJsonArray("dead_letters")
          .getValuesAs(JsonObject.class)
          .forEach(l -> listed.add(l.getString("timestamp")));
      page = list("?device_id=" + id + "&cursor=" + page.getString("next_cursor"));
    }
    page.getJsonArray("dead_letters")
        .getValuesAs(JsonObject.class)
        .forEach(l -> listed.add(l.getString("timestamp")));
    assertThat(listed)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(0, 242).mapToObj(n -> time(242 - n)).toList());

    assertThat(replay(id, true)).isEqualTo(counts(243, 242, 1));
    assertThat(operator.logs(id, "?start=" + time(0)).json().getJsonArray("logs")).isEmpty();
    assertThat(replay(id, false)).isEqualTo(counts(243, 242, 1));
    List<JsonObject> logs =
        operator
            .logs(id, "?start=" + time(0) + "&end=" + time(242))
            .json()
            .getJsonArray("logs")
            .getValuesAs(JsonObject.class);
    assertThat(logs).hasSize(242);
    assertThat(logs.get(7).getString("id")).isEqualTo(entity + "-7");
    assertThat(logs.get(7).getString("timestamp")).isEqualTo(time(7));
    assertThat(logs.get(7).getString("message")).isEqualTo("m7");
    assertThat(logs.get(241).getString("message")).isEqualTo("m241");
    assertThat(list(query).getJsonArray("dead_letters"))
        .singleElement()
        .satisfies(left -> assertThat(left.asJsonObject().getString("raw")).startsWith("still"));
    assertThat(replay(id, false)).isEqualTo(counts(1, 0, 1));
  }

  @Test
  void who_may_not_or_asks_wrongly_is_refused() {
    Operator viewer = Operator.viewer(stack.fleetcast(), Operator.unique("viewer"));
    String body =
        "{\"start\":\"2022-01-01T00:00:00Z\",\"end\":\"2022-01-02T00:00:00Z\",\"dry_run\":true%s}";
    assertThat(viewer.api().get("/api/dead-letters").status()).isEqualTo(200);
    assertThat(viewer.api().post("/api/dead-letters/replay", body.formatted("")).status())
        .isEqualTo(403);
    Api editor = operator.api();
    assertThat(editor.post("/api/dead-letters/replay", body.formatted(",\"x\":1")).status())
        .isEqualTo(400);
    assertThat(
            editor
                .post(
                    "/api/dead-letters/replay",
                    body.replace("2022-01-01", "2023-01-01").formatted(""))
                .status())
        .isEqualTo(400);
    assertThat(
            editor
                .post("/api/dead-letters/replay", body.formatted(",\"device_id\":2000000000"))
                .status())
        .isEqualTo(404);
    assertThat(editor.get("/api/dead-letters?device_id=2000000000").status()).isEqualTo(404);
    assertThat(editor.get("/api/dead-letters?start=yesterday").status()).isEqualTo(400);
    int silent = operator.device(Json.createObjectBuilder().add("deviceName", "silent"));
    assertThat(editor.get("/api/dead-letters?device_id=" + silent).body())
        .isEqualTo("{\"dead_letters\":[],\"has_more\":false,\"next_cursor\":null}");
  }

  private JsonObject list(String query) {
    Api.Answer answer = operator.api().get("/api/dead-letters" + query);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json();
  }

  private JsonObject replay(int deviceId, boolean dryRun) {
    JsonObject body =
        Json.createObjectBuilder()
            .add("start", time(0))
            .add("end", time(999))
            .add("device_id", deviceId)
            .add("dry_run", dryRun)
            .build();
    Api.Answer answer = operator.api().post("/api/dead-letters/replay", body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json();
  }

  private static JsonObject counts(int found, int replayed, int refused) {
    return Json.createObjectBuilder()
        .add("found", found)
        .add("refused", refused)
        .add("replayed", replayed)
        .build();
  }

  private void storeByElasticsearchsOwnMapping() {
    String text = "{\"type\":\"text\",\"fields\":{\"keyword\":{\"type\":\"keyword\"}}}";
    String mappings =
        "{\"mappings\":{\"properties\":{\"id\":%1$s,\"entity_id\":%1$s,\"@timestamp\":{\"type\":\"date\"}}}}"
            .formatted(text);
    String index = "/fleetcast-dead-letter-" + day.toString().replace('-', '.');
    Api.Answer made = elasticsearch.send("PUT", index, "application/json", mappings);
    assertThat(made.status()).as(made.body()).isEqualTo(200);
  }

  private void write(List<String> letters) {
    String bulk =
        String.join("", letters.stream().map(letter -> action(letter) + letter + "\n").toList());
    Api.Answer written =
        elasticsearch.send("POST", "/_bulk?refresh=true", "application/x-ndjson", bulk);
    assertThat(written.json().getBoolean("errors")).as(written.body()).isFalse();
  }

  private String action(String letter) {
    String id = letter.replaceAll("^\\{\"id\":\"([^\"]*)\".*", "$1");
    return "{\"create\":{\"_index\":\"fleetcast-dead-letter-"
        + day.toString().replace('-', '.')
        + "\",\"_id\":\""
        + id
        + "\"}}\n";
  }

  /** As a line lies there that Elasticsearch refused, of an earlier version too. */
  private String refusedLine(String entity, int n) {
    JsonObject line =
        Json.createObjectBuilder()
            .add("entity_id", entity)
            .add("message", "m" + n)
            .add("@timestamp", time(n))
            .add("id", entity + "-" + n)
            .build();
    return letter(entity, n)
        .add("reason", "validation_exception: this action would add [2] shards")
        .add("raw", line.toString())
        .add("encoding", "text")
        .build()
        .toString();
  }

  private String quarantined(String entity, int n, String raw, String encoding) {
    return letter(entity, n)
        .add("reason", "not valid JSON")
        .add("raw", raw)
        .add("encoding", encoding)
        .build()
        .toString();
  }

  private JsonObjectBuilder letter(String entity, int n) {
    return Json.createObjectBuilder()
        .add("id", entity + "-" + n)
        .add("@timestamp", time(n))
        .add("entity_id", entity);
  }

  private String time(int n) {
    return day + "T10:00:00.%06dZ".formatted(n);
  }
}
