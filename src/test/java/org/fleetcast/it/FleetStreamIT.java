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
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.fleetcast.AsyncApiDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.Fleetcast;
import org.fleetcast.stack.MqttPublisher;
import org.fleetcast.stack.SharedStack;
import org.fleetcast.stack.SseClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** All devices, or those of a model, as one log: subscribed to, and as a stream of their own. */
@SuppressWarnings("NullAway.Init")
class FleetStreamIT {
  private static final JsonObject JOINED =
      Json.createObjectBuilder().add("status", "subscribed").addNull("device_entity_id").build();

  private static final Duration A_WHILE = Duration.ofSeconds(60);

  private static Fleetcast server;
  private static Operator operator;
  private static Registry registry;
  private static MqttPublisher device;

  private final int model = registry.newModel();
  private final String first = Operator.unique("first");
  private final String second = Operator.unique("second");
  private final String other = Operator.unique("other");
  private final int firstId = member(first);
  private final int secondId = member(second);
  private final int otherId = operator.device(other);
  private final String requestId = Operator.unique("fleet");

  @BeforeAll
  static void start() {
    server = SharedStack.get().fleetcast();
    operator = Operator.editor(server);
    registry = new Registry(operator.api());
    device = MqttPublisher.connected(SharedStack.get().broker().uri());
  }

  @AfterAll
  static void stop() {
    device.close();
  }

  @Test
  void the_fleet_is_followed_as_one_log_with_devices_that_come_later() {
    try (SseClient stream = operator.open(requestId)) {
      Api.Answer answer = operator.subscribe(requestId, fleet());
      assertThat(answer.json()).isEqualTo(JOINED);
      assertThat(operator.subscribe(requestId, fleet()).status()).isEqualTo(200);
      publish(first, 0);
      publish(other, 1);
      publish(Operator.unique("nobody"), 99);
      String later = Operator.unique("later");
      operator.device(later);
      publish(later, 2);
      awaitLast(stream, 2);
      assertThat(numbers(stream)).isEqualTo(range(0, 3));
      assertThat(stream.events("device-logs"))
          .extracting(event -> event.json().getString("device_entity_id"))
          .containsExactly(first, other, later);
      new AsyncApiDocument().describesEvents(stream.events());
    }
  }

  @Test
  void beside_the_fleet_a_device_brings_no_line_twice_and_stays_when_the_fleet_goes() {
    try (SseClient stream = operator.open(requestId)) {
      operator.subscribe(requestId, fleet());
      operator.subscribe(requestId, firstId);
      operator.subscribe(requestId, model());
      publish(first, 0);
      publish(other, 1);
      awaitLast(stream, 1);
      assertThat(operator.unsubscribe(requestId, fleet()).body())
          .isEqualTo("{\"status\":\"unsubscribed\"}");
      publish(other, 2);
      publish(second, 3);
      awaitLast(stream, 3);
      operator.unsubscribe(requestId, model());
      publish(second, 4);
      publish(first, 5);
      awaitLast(stream, 5);
      assertThat(numbers(stream)).containsExactly(0, 1, 3, 5);
      Refusals.refused(
          operator.unsubscribe(requestId, fleet()), 404, "Subscription fleet was not found");
      Refusals.refused(
          operator.unsubscribe(requestId, model()),
          404,
          "Subscription model " + model + " was not found");
    }
  }

  @Test
  void a_model_is_its_devices_as_they_come_move_and_go() {
    try (SseClient stream = operator.open(requestId)) {
      assertThat(operator.subscribe(requestId, model()).json()).isEqualTo(JOINED);
      publish(first, 0);
      publish(other, 99);
      String later = Operator.unique("later");
      int laterId = member(later);
      publish(later, 1);
      String moved = Operator.unique("moved");
      registry.change(laterId, config(moved), true);
      awaitFollowed(stream, moved, 2);
      operator.api().delete("/api/devices/" + secondId);
      publishUntilUnheard(stream, second);
      publish(first, 1_000);
      awaitLast(stream, 1_000);
      assertThat(entities(stream)).contains(first, later, moved).doesNotContain(other);
    }
  }

  /** Publishes until a line of an entity comes: a registry's change is followed a little later. */
  private static void awaitFollowed(SseClient stream, String entity, int number) {
    Awaitility.await("lines of " + entity)
        .atMost(SOON)
        .until(
            () -> {
              publish(entity, number);
              return entities(stream).contains(entity);
            });
  }

  /** Publishes until a line of an entity does not come before one of another. */
  private void publishUntilUnheard(SseClient stream, String entity) {
    int[] number = {10};
    Awaitility.await("no lines of " + entity)
        .atMost(SOON)
        .until(
            () -> {
              int due = number[0] += 2;
              publish(entity, due);
              publish(first, due + 1);
              awaitLast(stream, due + 1);
              return !numbers(stream).contains(due);
            });
  }

  @Test
  void a_line_comes_if_any_filter_lets_it_pass_the_fleets_or_a_devices() {
    try (SseClient stream = operator.open(requestId)) {
      operator.subscribe(requestId, fleet().add("filter", level("E")));
      operator.subscribe(
          requestId,
          firstId,
          Json.createObjectBuilder()
              .add("filter", Json.createObjectBuilder().add("contains", "boot")));
      publish(first, 0, "E (1) t: x");
      publish(first, 1, "I (1) t: x");
      publish(first, 2, "I (1) t: boot");
      publish(other, 3, "I (1) t: boot");
      publish(other, 4, "E (1) t: boot");
      awaitLast(stream, 4);
      assertThat(numbers(stream)).containsExactly(0, 2, 4);
    }
  }

  @Test
  void a_tail_of_the_fleet_or_of_a_model_is_joined_to_the_live_lines_in_order() {
    Stream.of(first, other, second, first, other, second).forEach(new Numbering()::publish);
    for (int id : List.of(firstId, secondId, otherId)) {
      HistoryIT.awaitLines(operator, id, 2);
    }
    assertTails(6, 7);
    HistoryIT.awaitEmptyJournal(server);
    assertTails(7, 8);
  }

  private void assertTails(int from, int to) {
    String mine = "&contains=" + requestId;
    try (SseClient fleet = operator.followFleet("?tail=4" + mine);
        SseClient ofModel = operator.followFleet("?tail=3&model_id=" + model + mine);
        // There is one of them at most: in the log of the whole fleet all others would be read too.
        SseClient errors = operator.followFleet("?tail=3&level=E&model_id=" + model + mine)) {
      publish(second, from, "E (1) t: " + requestId);
      for (SseClient stream : List.of(fleet, ofModel, errors)) {
        awaitLast(stream, from);
        assertThat(stream.events("gap")).isEmpty();
        assertThat(stream.events("ready").get(0).json().getJsonArray("subscriptions")).isEmpty();
      }
      assertThat(numbers(fleet)).isEqualTo(range(from - 4, to));
      assertThat(numbers(ofModel)).endsWith(from).hasSize(4).doesNotContain(1, 4);
      assertThat(numbers(errors)).endsWith(from).hasSize(1 + from - 6);
    }
  }

  @Tag("long")
  @Test
  void under_load_every_join_to_the_fleet_is_without_hole_or_double() {
    assertJoins(1_000);
  }

  @Tag("long")
  @Test
  void while_lines_come_every_join_to_the_fleet_is_without_hole_or_double() {
    assertJoins(JoinIT.SLOWLY);
  }

  private void assertJoins(int linesPerSecond) {
    try (Load load = new Load(SharedStack.get().broker().uri(), first, linesPerSecond)) {
      Awaitility.await().atMost(A_WHILE).until(() -> load.published() > 1_500);
      for (int tail : List.of(100, 1_000, 0)) {
        try (SseClient stream = operator.followFleet("?tail=" + tail);
            SseClient ofModel = operator.followFleet("?model_id=" + model + "&tail=" + tail)) {
          int due = load.published() + 400;
          for (SseClient one : List.of(stream, ofModel)) {
            awaitLast(one, due);
            List<Integer> numbers = numbers(one);
            int start = numbers.get(0);
            assertThat(numbers).isEqualTo(range(start, start + numbers.size()));
            assertThat(start).isLessThanOrEqualTo(due - 400 + 10 + 300 - tail);
          }
        }
      }
      load.stop();
    }
  }

  @Test
  void the_stream_of_the_fleet_goes_on_by_the_id_alone() {
    String last;
    try (SseClient stream = operator.followFleet("?contains=" + requestId)) {
      publish(first, 0, requestId);
      awaitLast(stream, 0);
      last = stream.lastEventId().orElseThrow();
    }
    publish(other, 1, requestId);
    publish(first, 2, "another");
    publish(second, 3, requestId);
    HistoryIT.awaitLines(operator, secondId, 1);
    try (SseClient stream =
        operator.followFleet("?tail=9&contains=" + requestId + "&last_event_id=" + last)) {
      publish(first, 4, requestId);
      awaitLast(stream, 4);
      assertThat(numbers(stream)).containsExactly(1, 3, 4);
      assertThat(stream.events("gap")).isEmpty();
    }
  }

  @Test
  void a_subscription_to_the_fleet_joins_after_an_event() {
    String last;
    try (SseClient stream = operator.follow(firstId, "")) {
      publish(first, 0);
      awaitLast(stream, 0);
      last = stream.lastEventId().orElseThrow();
    }
    publish(other, 1);
    publish(first, 2);
    HistoryIT.awaitLines(operator, firstId, 2);
    try (SseClient stream = operator.open(requestId)) {
      operator.subscribe(requestId, fleet().add("after", last));
      publish(second, 3);
      awaitLast(stream, 3);
      assertThat(numbers(stream)).isEqualTo(range(1, 4));
    }
  }

  @Test
  void a_device_and_the_fleet_that_join_after_one_event_bring_each_line_once() {
    String last;
    try (SseClient stream = operator.follow(firstId, "")) {
      publish(first, 0);
      awaitLast(stream, 0);
      last = stream.lastEventId().orElseThrow();
    }
    range(1, 9).forEach(n -> publish(n % 2 == 0 ? first : other, n));
    HistoryIT.awaitLines(operator, otherId, 4);
    try (SseClient stream = operator.open(requestId)) {
      operator.subscribe(requestId, firstId, Json.createObjectBuilder().add("after", last));
      operator.subscribe(requestId, fleet().add("after", last));
      publish(second, 9);
      awaitLast(stream, 9);
      assertThat(numbers(stream)).containsExactlyInAnyOrderElementsOf(range(1, 10));
    }
  }

  private int member(String entity) {
    return registry.create(model, config(entity)).json().getInt("id");
  }

  private static String config(String entity) {
    return Json.createObjectBuilder().add("deviceEntityId", entity).build().toString();
  }

  private static JsonObjectBuilder fleet() {
    return Json.createObjectBuilder().add("fleet", true);
  }

  private JsonObjectBuilder model() {
    return Json.createObjectBuilder().add("device_model_id", model);
  }

  private static JsonObjectBuilder level(String level) {
    return Json.createObjectBuilder().add("level", level);
  }

  private static List<String> entities(SseClient stream) {
    return stream.events("device-logs").stream()
        .map(event -> event.json().getString("device_entity_id"))
        .toList();
  }

  private static void publish(String entity, int number) {
    publish(entity, number, "I (1) t: x");
  }

  private static void publish(String entity, int number, String message) {
    device.publish(
        TOPIC,
        "{\"entity_id\":\"%s\",\"n\":%d,\"message\":\"%s\"}\n".formatted(entity, number, message));
  }

  /** Publishes lines, one after the other, numbered over all entities. */
  private final class Numbering {
    private int next;

    void publish(String entity) {
      FleetStreamIT.publish(entity, next++, "I (1) t: " + requestId);
    }
  }
}
