package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.ManualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicOwnersTest {
  private static final String OWN = "logsink/iotdevice-m-abc";

  private final Map<String, String> registry = new HashMap<>(Map.of("iotdevice-m-abc", "mine"));
  private final ManualClock clock = new ManualClock();
  private final TopicOwners owners =
      new TopicOwners("logsink", this::read, Map.of("logsink/canary", "canary"), clock);
  private boolean away;
  private int readings;

  private Map<String, String> read() {
    readings++;
    if (away) {
      throw Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "injected");
    }
    return Map.copyOf(registry);
  }

  @Test
  void what_comes_on_a_devices_topic_may_name_its_entity_or_none() {
    assertThat(owners.of(OWN).refusal("mine")).isNull();
    assertThat(owners.of(OWN).refusal(null)).isNull();
    assertThat(owners.of(OWN).refusal("yours"))
        .isEqualTo("came on the topic of iotdevice-m-abc, whose entity is mine");
    assertThat(owners.of("logsink/nobody\n").refusal("mine"))
        .isEqualTo("came on the topic of nobody, which is no device with an entity");
    assertThat(owners.of(OWN + "/below").refusal("mine")).isNotNull();
    assertThat(owners.of("logsink").refusal("yours")).as("the topic of all").isNull();
  }

  @Test
  void the_topic_of_the_canary_is_for_its_entity_without_a_look_into_the_registry() {
    assertThat(owners.of("logsink/canary").refusal("canary")).isNull();
    assertThat(owners.of("logsink/canary").refusal(null)).isNull();
    assertThat(owners.of("logsink/canary").refusal("mine"))
        .isEqualTo("came on a topic whose entity is canary");
    assertThat(readings).isZero();
    assertThat(owners.of(OWN).refusal("canary")).isNotNull();
  }

  @Test
  void without_topics_for_each_device_nothing_is_looked_up() {
    assertThat(new TopicOwners(null, this::read, Map.of(), clock).of(OWN).refusal("yours"))
        .isNull();
    assertThat(readings).isZero();
  }

  @Test
  void a_new_device_is_known_at_once_and_a_flood_of_forged_lines_reads_once_a_second() {
    assertThat(owners.of(OWN).refusal("mine")).isNull();
    clock.passes(Duration.ofSeconds(1));
    registry.put("iotdevice-m-new", "new");
    assertThat(owners.of("logsink/iotdevice-m-new").refusal("new")).isNull();
    for (int i = 0; i < 100; i++) {
      assertThat(owners.of(OWN).refusal("yours")).isNotNull();
    }
    assertThat(readings).isEqualTo(2);
  }

  @Test
  void an_entity_that_was_taken_from_a_device_is_refused_after_a_minute() {
    assertThat(owners.of(OWN).refusal("mine")).isNull();
    registry.clear();
    clock.passes(Duration.ofSeconds(59));
    assertThat(owners.of(OWN).refusal("mine")).isNull();
    clock.passes(Duration.ofSeconds(1));
    assertThat(owners.of(OWN).refusal("mine")).isNotNull();
  }

  @Test
  void while_the_registry_is_away_what_was_known_counts_and_it_is_left_alone() {
    assertThat(owners.of(OWN).refusal("mine")).isNull();
    clock.passes(Duration.ofMinutes(2));
    away = true;
    assertThat(owners.of(OWN).refusal("mine")).isNull();
    assertThat(owners.of(OWN).refusal("yours")).endsWith("cannot be looked up right now");
    assertThat(readings).isEqualTo(2);
    away = false;
    clock.passes(Duration.ofSeconds(10));
    assertThat(owners.of(OWN).refusal("yours")).endsWith("whose entity is mine");
  }

  @Test
  void a_line_of_somebody_else_is_a_bad_one_among_the_good() {
    String payload =
        "{\"entity_id\":\"mine\"}\n{\"entity_id\":\"yours\",\"x\":1}\n{\"entity_id\":\"mine\"}";
    List<ReceivedLine> lines = new ArrayList<>();
    new ReceivedLine.Reader("entity_id", 1_000)
        .read(payload.getBytes(StandardCharsets.UTF_8), PayloadLines.Position.START, owners.of(OWN))
        .forEachRemaining(lines::add);
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).isInstanceOf(ReceivedLine.Good.class);
    assertThat(lines.get(2)).isInstanceOf(ReceivedLine.Good.class);
    assertThat(lines.get(1))
        .isInstanceOfSatisfying(
            ReceivedLine.Bad.class,
            bad -> {
              assertThat(bad.entityId()).isEqualTo("yours");
              assertThat(bad.reason()).endsWith("whose entity is mine");
              assertThat(new String(bad.raw().bytes(), StandardCharsets.UTF_8))
                  .isEqualTo("{\"entity_id\":\"yours\",\"x\":1}");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"logs/sink/+", "logs/sink/#", "$share/fleet/logs/sink/+"})
  void the_devices_topics_are_those_below_what_the_filter_begins_with(String filter) {
    assertThat(TopicOwners.above(filter)).isEqualTo("logs/sink");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a/b", "/a", "a/", "+", "#", "a/+/b", "+/+", "a/#", "$share/g/a/+"})
  void a_topic_filter_is_taken_as_it_is(String filter) {
    assertThat(TopicOwners.filter(filter)).isEqualTo(filter);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a ",
        "\"a/b\"",
        "'a'",
        "a\r",
        "a/#/b",
        "a+",
        "a/+b",
        "a#",
        "##",
        "$share/g/a/#/b"
      })
  void what_is_none_is_refused_by_its_name(String filter) {
    assertThatThrownBy(() -> TopicOwners.filter(filter)).hasMessageContaining("LOG_TOPIC");
  }

  @ParameterizedTest
  @ValueSource(strings = {"logs/sink", "+/sink/+", "+", "#", "/+", "logs/+/sink"})
  void a_filter_that_leaves_no_level_to_a_client_id_is_refused(String filter) {
    assertThatThrownBy(() -> TopicOwners.above(filter))
        .hasMessageContaining("LOG_TOPIC_PER_DEVICE");
  }
}
