package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.it.JoinIT.awaitLast;
import static org.fleetcast.it.JoinIT.numbers;
import static org.fleetcast.it.JoinIT.range;
import static org.fleetcast.it.Operator.SOON;
import static org.fleetcast.it.Operator.TOPIC;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.fleetcast.AsyncApiDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;
import org.junit.jupiter.api.Test;

/** An event id is a position in the log: whoever has one goes on there, whatever came between. */
class CursorIT extends ForgettingServer {
  private final AsyncApiDocument documented = new AsyncApiDocument();

  /** At a server that keeps a session for as long as it may take to come back to it. */
  private final Operator keeping = Operator.editor(SharedStack.get().fleetcast());

  @Test
  void an_id_means_the_same_on_every_stream_of_the_device_and_of_the_fleet() {
    try (SseClient one = operator.follow(id, "");
        SseClient other = operator.follow(id, "");
        SseClient fleet = operator.followFleet("")) {
      List<SseClient> all = List.of(one, other, fleet);
      for (int n = 0; n < 3; n++) {
        publish(n, n + 1);
        int due = n;
        all.forEach(stream -> awaitLast(stream, due)); // so that no two are one event
      }
      all.forEach(stream -> documented.describesEvents(stream.events()));
      assertThat(ids(one)).doesNotHaveDuplicates().isEqualTo(ids(other)).isEqualTo(ids(fleet));
    }
  }

  @Test
  void a_stream_of_one_device_goes_on_from_any_of_its_events_by_the_id_alone() {
    List<String> ids = shown(12);
    publish(12, 15);
    HistoryIT.awaitLines(operator, id, 15);
    assertGoesOn(ids);
    HistoryIT.awaitEmptyJournal(server);
    assertGoesOn(ids);
  }

  private void assertGoesOn(List<String> ids) {
    for (int seen : List.of(0, 5, 11)) {
      try (SseClient stream = operator.follow(id, "?tail=3&last_event_id=" + ids.get(seen))) {
        awaitLast(stream, 14);
        assertThat(numbers(stream)).isEqualTo(range(seen + 1, 15));
        assertThat(stream.events("gap")).isEmpty();
      }
    }
  }

  @Test
  void a_stream_that_was_cut_before_its_first_event_goes_on_from_where_it_stood() {
    publish(0, 2);
    HistoryIT.awaitLines(operator, id, 2);
    String stood;
    try (SseClient stream = operator.follow(id, "")) {
      Awaitility.await().atMost(SOON).until(() -> stream.lastEventId().isPresent());
      stood = stream.lastEventId().orElseThrow();
      assertThat(stream.events()).extracting(SseEvent::name).containsExactly("ready");
    }
    publish(2, 4);
    try (SseClient stream = operator.follow(id, "?last_event_id=" + stood)) {
      awaitLast(stream, 3);
      assertThat(numbers(stream)).isEqualTo(range(2, 4));
    }
  }

  @Test
  void a_session_of_several_devices_goes_on_from_any_of_its_events() {
    String requestId = Operator.unique("several");
    Sensor first = Sensor.registered();
    Sensor second = Sensor.registered();
    List<SseEvent> events;
    try (SseClient stream = keeping.open(requestId)) {
      keeping.subscribe(requestId, first.id());
      keeping.subscribe(requestId, second.id());
      for (int n = 0; n < 20; n++) {
        publish(n % 3 == 0 ? second : first, n);
        awaitLast(stream, n);
      }
      events = stream.events("device-logs");
    }
    for (int seen : List.of(0, 7, 18)) {
      String last = String.valueOf(events.get(seen).id());
      try (SseClient again = keeping.open(requestId, "", Map.of("Last-Event-ID", last))) {
        assertThat(again.events("ready").get(0).json().getBoolean("resumed")).isTrue();
        awaitLast(again, 19);
        assertThat(numbers(again)).isEqualTo(range(seen + 1, 20));
      }
    }
  }

  /** Publishes a numbered line of a device of that server. */
  private static void publish(Sensor of, int n) {
    of.publishRaw(JoinIT.line(of.entityId(), n));
  }

  @Test
  void after_the_resume_time_a_subscription_joins_exactly_after_an_event() {
    String requestId = Operator.unique("later");
    String last;
    try (SseClient stream = operator.open(requestId)) {
      operator.subscribe(requestId, id);
      publish(0, 5);
      awaitLast(stream, 4);
      last = ids(stream).get(2);
    }
    awaitForgotten();
    publish(5, 8);
    try (SseClient stream = operator.open(requestId, "&last_event_id=" + last, Map.of())) {
      JsonObject ready = stream.events("ready").get(0).json();
      assertThat(ready.getBoolean("resumed")).isFalse();
      assertThat(ready.getJsonArray("subscriptions")).isEmpty();
      publish(8, 9);
      assertThat(operator.subscribe(requestId, id, after(last)).status()).isEqualTo(200);
      publish(9, 11);
      awaitLast(stream, 10);
      assertThat(operator.subscribe(requestId, id, after(last)).status()).isEqualTo(200);
      publish(11, 12);
      awaitLast(stream, 11);
      assertThat(numbers(stream)).isEqualTo(range(3, 12));
      assertThat(stream.events("gap")).isEmpty();
    }
  }

  @Test
  void a_subscription_after_an_event_gets_what_its_filter_lets_through() {
    List<String> ids = shown(1);
    for (String message : List.of("I (1) t: no", "E (1) t: yes", "W (1) t: no", "E (1) t: no")) {
      device.publish(
          TOPIC, "{\"entity_id\":\"%s\",\"n\":1,\"message\":\"%s\"}\n".formatted(entity, message));
    }
    HistoryIT.awaitLines(operator, id, 5);
    String requestId = Operator.unique("filtered");
    try (SseClient stream = operator.open(requestId)) {
      JsonObjectBuilder filter =
          Json.createObjectBuilder().add("level", "E").add("contains", "YES");
      operator.subscribe(requestId, id, after(ids.get(0)).add("filter", filter));
      device.publish(
          TOPIC, "{\"entity_id\":\"%s\",\"n\":2,\"message\":\"E (2) t: yes\"}\n".formatted(entity));
      awaitLast(stream, 2);
      assertThat(numbers(stream)).containsExactly(1, 2);
    }
  }

  @Test
  void of_nudges_that_came_meanwhile_a_resumed_stream_gets_one() {
    String requestId = Operator.unique("nudged");
    Sensor sensor = Sensor.registered();
    String last;
    try (SseClient stream = keeping.open(requestId)) {
      keeping.subscribe(requestId, sensor.id());
      publish(sensor, 0);
      awaitLast(stream, 0);
      last = stream.lastEventId().orElseThrow();
    }
    nudge(3);
    publish(sensor, 1);
    try (SseClient again = keeping.open(requestId, "&last_event_id=" + last, Map.of())) {
      awaitLast(again, 1);
      SseEvent nudge = again.await(SOON, "rotation-updated");
      publish(sensor, 2);
      awaitLast(again, 2);
      assertThat(again.events("rotation-updated")).hasSize(1);
      assertThat(numbers(again)).isEqualTo(range(1, 3));
      last = String.valueOf(nudge.id());
    }
    try (SseClient again = keeping.open(requestId, "&last_event_id=" + last, Map.of())) {
      publish(sensor, 3);
      awaitLast(again, 3);
      assertThat(again.events("rotation-updated")).isEmpty();
      assertThat(numbers(again)).endsWith(2, 3).doesNotHaveDuplicates();
    }
  }

  /** So many nudges, none together with another. */
  private void nudge(int times) {
    try (SseClient witness = keeping.open(Operator.unique("witness"))) {
      Api nobody = Api.at(SharedStack.get().fleetcast().uri());
      for (int n = 1; n <= times; n++) {
        int due = n;
        assertThat(nobody.post("/internal/rotation-nudge").status()).isEqualTo(200);
        Awaitility.await().atMost(SOON).until(() -> nudges(witness) >= due);
      }
    }
  }

  private static int nudges(SseClient stream) {
    return stream.events("rotation-updated").size();
  }
}
