package org.fleetcast.activity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fleetcast.sink.EntityLine;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.StoredLine;
import org.junit.jupiter.api.Test;

class ActivityTest {
  private static final long START = 1_000_000;

  private final Activity activity = new Activity(START, "canary");

  @Test
  void who_is_asked_for_before_it_logs_begins_after_the_last_line_taken_in() {
    HourCounts early = recent("quiet");
    assertThat(early.missingBefore()).isEqualTo(START + 1);
    activity.record(List.of(seen("other", START + 10)));
    assertThat(recent("new").missingBefore()).isEqualTo(START + 11);
    activity.record(List.of(seen("quiet", START + 20)));
    assertThat(recent("quiet")).isSameAs(early);
    assertThat(early.missingBefore()).isEqualTo(START + 1);
  }

  @Test
  void who_logs_before_it_is_asked_for_begins_with_its_first_line() {
    activity.record(List.of(seen("a", START + 5), seen("b", START + 6), seen("a", START + 7)));
    assertThat(recent("a").missingBefore()).isEqualTo(START + 5);
    assertThat(lines("a")).isEqualTo(2);
    assertThat(lines("b")).isEqualTo(1);
  }

  @Test
  void of_unregistered_entities_those_unheard_of_for_longest_are_forgotten_first() {
    activity.record(List.of(seen("oldest", START + 1), seen("heard", START + 2)));
    madeUp("a", Activity.MAX_OTHERS - 2);
    activity.record(List.of(seen("heard", START + 3)));
    madeUp("b", 1);
    assertThat(lines("heard")).isEqualTo(2);
    assertThat(lines("oldest")).isZero();
  }

  @Test
  void the_canary_is_no_unregistered_device_but_shown_when_it_is_registered() {
    activity.record(List.of(seen("canary", START + 1)));
    assertThat(activity.unregistered()).isZero();
    activity.register(Set.of("canary"));
    activity.record(List.of(seen("canary", START + 2)));
    assertThat(lines("canary")).isEqualTo(1);
  }

  @Test
  void made_up_entities_push_out_nothing_of_registered_ones() {
    Set<String> fleet = entities("device", 10_000);
    activity.register(fleet);
    fleet.forEach(entityId -> activity.record(List.of(seen(entityId, START + 1))));
    madeUp("x", 100_000);
    assertThat(activity.of(fleet).values())
        .allMatch(recent -> Objects.equals(recent.missingBefore(), START + 1));
    assertThat(lines("device0")).isEqualTo(1);
    fleet.forEach(entityId -> activity.record(List.of(seen(entityId, START + 2))));
    assertThat(lines("device9999")).isEqualTo(2);
  }

  @Test
  void a_registered_entity_that_is_silent_is_not_pushed_out_either() {
    activity.register(Set.of("silent"));
    HourCounts asked = recent("silent");
    madeUp("x", 100_000);
    assertThat(recent("silent")).isSameAs(asked);
  }

  @Test
  void who_is_registered_later_takes_along_what_is_known_of_it() {
    activity.record(List.of(seen("new", START + 1), seen("asked", START + 2)));
    activity.register(Set.of("new"));
    HourCounts asked = recent("asked"); // by the registry, of which nobody has heard here yet
    madeUp("x", 100_000);
    assertThat(lines("new")).isEqualTo(1);
    assertThat(recent("asked")).isSameAs(asked);
    assertThat(lines("asked")).isEqualTo(1);
  }

  @Test
  void who_is_registered_no_more_is_one_of_the_others() {
    activity.register(Set.of("gone"));
    activity.record(List.of(seen("gone", START + 1)));
    activity.register(Set.of());
    activity.record(List.of(seen("gone", START + 2)));
    assertThat(activity.registered()).isZero();
    assertThat(activity.unregistered()).isEqualTo(1);
    madeUp("x", Activity.MAX_OTHERS);
    assertThat(lines("gone")).isZero();
  }

  @Test
  void however_many_are_registered_or_made_up_a_limited_number_is_remembered() {
    Set<String> fleet = entities("device", Activity.MAX_REGISTERED + 10);
    activity.register(fleet);
    fleet.forEach(entityId -> activity.record(List.of(seen(entityId, START + 1))));
    madeUp("x", 2 * Activity.MAX_OTHERS);
    assertThat(activity.registered()).isEqualTo(Activity.MAX_REGISTERED);
    assertThat(activity.unregistered()).isEqualTo(Activity.MAX_OTHERS);
    activity.register(Set.of());
    assertThat(activity.registered()).isZero();
    assertThat(activity.unregistered()).isEqualTo(Activity.MAX_OTHERS);
  }

  @Test
  void a_full_memory_is_not_changed_by_those_who_only_ask() {
    Set<String> fleet = entities("device", Activity.MAX_REGISTERED);
    activity.register(fleet);
    fleet.forEach(entityId -> activity.record(List.of(seen(entityId, START + 1))));
    HourCounts first = recent("device0");
    assertThat(recent("unknown")).isNotSameAs(recent("unknown"));
    assertThat(recent("device0")).isSameAs(first);
  }

  @Test
  void an_endless_entity_id_is_not_remembered() {
    String endless = "x".repeat(100_000);
    activity.record(List.of(seen(endless, START + 1)));
    assertThat(recent(endless).missingBefore()).isEqualTo(START + 2);
    assertThat(recent(endless)).isNotSameAs(recent(endless));
  }

  @Test
  void a_line_is_seen_as_history_tells_it() {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    JournalLine.Stamp stamp = new JournalLine.Stamp(7, "7-x");
    assertThat(EntityLine.of("e", stamp, fields).line())
        .isEqualTo(new StoredLine(7, "7-x", "", null));
    fields.put("message", "hello").put("level", "W");
    assertThat(EntityLine.of("e", stamp, fields).line())
        .isEqualTo(new StoredLine(7, "7-x", "hello", "W"));
  }

  private void madeUp(String prefix, int count) {
    activity.record(
        IntStream.range(0, count).mapToObj(i -> seen(prefix + i, START + 100 + i)).toList());
  }

  private static Set<String> entities(String prefix, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> prefix + i)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private HourCounts recent(String entityId) {
    return activity.of(List.of(entityId)).values().iterator().next();
  }

  private int lines(String entityId) {
    return Arrays.stream(recent(entityId).at(START).levels()).sum();
  }

  private static EntityLine seen(String entityId, long at) {
    return new EntityLine(entityId, new StoredLine(at, Long.toString(at), "m", null));
  }
}
