package org.fleetcast.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ActivityTest {
  private static final long START = 1_000_000;

  private final Activity activity = new Activity(START);

  @Test
  void who_is_asked_for_before_it_logs_begins_after_the_last_line_taken_in() {
    Recent early = recent("quiet");
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
  void those_unheard_of_for_longest_are_forgotten_first() {
    activity.record(List.of(seen("oldest", START + 1), seen("asked", START + 2)));
    Recent asked = recent("asked");
    Recent heard = recent("oldest");
    activity.record(List.of(seen("asked", START + 3)));
    int others = Activity.MAX_ENTITIES - 1;
    activity.record(IntStream.range(0, others).mapToObj(i -> seen("o" + i, 9 + i)).toList());
    assertThat(recent("asked")).isSameAs(asked);
    assertThat(recent("oldest")).isNotSameAs(heard);
    assertThat(lines("oldest")).isZero();
  }

  @Test
  void a_full_memory_is_not_changed_by_those_who_only_ask() {
    activity.record(
        IntStream.range(0, Activity.MAX_ENTITIES).mapToObj(i -> seen("o" + i, 9 + i)).toList());
    Recent first = recent("o0");
    assertThat(recent("unknown")).isNotSameAs(recent("unknown"));
    assertThat(recent("o0")).isSameAs(first);
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
    Entry.Stamp stamp = new Entry.Stamp(7, "7-x");
    assertThat(Activity.Seen.of("e", stamp, fields).line()).isEqualTo(new Row(7, "7-x", "", null));
    fields.put("message", "hello").put("level", "W");
    assertThat(Activity.Seen.of("e", stamp, fields).line())
        .isEqualTo(new Row(7, "7-x", "hello", "W"));
  }

  private Recent recent(String entityId) {
    return activity.of(List.of(entityId)).values().iterator().next();
  }

  private int lines(String entityId) {
    return Arrays.stream(recent(entityId).at(START).levels()).sum();
  }

  private static Activity.Seen seen(String entityId, long at) {
    return new Activity.Seen(entityId, new Row(at, Long.toString(at), "m", null));
  }
}
