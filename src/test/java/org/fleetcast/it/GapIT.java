package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.JoinIT.awaitLast;
import static org.fleetcast.it.JoinIT.numbers;
import static org.fleetcast.it.JoinIT.range;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import org.fleetcast.AsyncApiDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be gone on with is told: what lies too far back, and after what is no position. */
@Tag("long")
class GapIT extends ForgettingServer {
  private final AsyncApiDocument documented = new AsyncApiDocument();

  @Test
  void what_lies_further_back_than_a_replay_reaches_is_one_gap_with_its_exact_range() {
    List<String> ids = shown(REPLAYED + 40);
    String last = ids.get(9);
    HistoryIT.awaitEmptyJournal(server);
    try (SseClient stream = operator.follow(id, "?last_event_id=" + last)) {
      awaitLast(stream, REPLAYED + 39);
      assertThat(numbers(stream)).isEqualTo(range(40, REPLAYED + 40));
      JsonObject gap = onlyGapBeforeLines(stream);
      assertThat(gap.getInt("device_id")).isEqualTo(id);
      assertThat(gap.getString("device_entity_id")).isEqualTo(entity);
      assertThat(gap.getInt("missed")).isEqualTo(30);
      assertThat(stored("/api/devices/" + id + "/logs", gap)).hasSize(30);
    }
    try (SseClient fleet = operator.followFleet("?last_event_id=" + last)) {
      awaitLast(fleet, REPLAYED + 39);
      assertThat(numbers(fleet)).isEqualTo(range(40, REPLAYED + 40));
      JsonObject gap = onlyGapBeforeLines(fleet);
      assertThat(gap.isNull("device_id")).isTrue();
      assertThat(gap.isNull("device_entity_id")).isTrue();
      assertThat(stored("/api/logs", gap)).hasSize(30);
    }
  }

  private JsonObject onlyGapBeforeLines(SseClient stream) {
    documented.describesEvents(stream.events());
    assertThat(stream.events())
        .extracting(SseEvent::name)
        .startsWith("ready", "gap", "device-logs")
        .containsOnlyOnce("gap");
    return stream.events("gap").get(0).json();
  }

  private static List<JsonObject> stored(String path, JsonObject gap) {
    String range = "?start=" + gap.getString("from") + "&end=" + gap.getString("to");
    return operator
        .api()
        .get(path + range)
        .json()
        .getJsonArray("logs")
        .getValuesAs(JsonObject.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-1", "8999999999999999", "99999999999999999999", "a%20b", "%C3%A9"})
  void an_id_that_is_none_is_a_gap_and_the_stream_goes_on_from_now(String none) {
    publish(0, 3);
    HistoryIT.awaitLines(operator, id, 3);
    try (SseClient stream = operator.follow(id, "?tail=2&last_event_id=" + none)) {
      publish(3, 4);
      awaitLast(stream, 3);
      onlyGapBeforeLines(stream);
      assertThat(numbers(stream)).containsExactly(3);
    }
  }

  @Test
  void a_subscription_after_what_is_no_position_is_a_gap_too() {
    String requestId = Operator.unique("nowhere");
    try (SseClient stream = operator.open(requestId)) {
      assertThat(operator.subscribe(requestId, id, after("x")).status()).isEqualTo(200);
      publish(0, 1);
      awaitLast(stream, 0);
      assertThat(onlyGapBeforeLines(stream).getInt("device_id")).isEqualTo(id);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "1,2", "1/2", "\u00e9"})
  void an_id_that_none_can_be_is_refused_where_it_is_asked_to_join_after_it(String none) {
    refused(after(none));
    refused(after("x".repeat(257)));
  }

  private void refused(JsonObjectBuilder after) {
    Api.Answer answer = operator.subscribe("nobody", id, after);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("code")).isEqualTo("VALIDATION_FAILED");
    assertThat(answer.json().getString("error")).startsWith("after: ");
  }
}
