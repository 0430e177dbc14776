package org.fleetcast.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.fleetcast.door.UnfinishedHeads.Head;
import org.junit.jupiter.api.Test;

class UnfinishedHeadsTest {
  private static final Instant START = Instant.EPOCH;

  private final UnfinishedHeads heads = new UnfinishedHeads(Duration.ofSeconds(10), 80, 100);

  @Test
  void a_head_that_is_not_whole_in_time_is_ended_and_one_that_began_later_is_not() {
    assertThat(heads.overBounds(List.of(head("slow", 0, 2)), START)).isEmpty();
    List<Head> both = List.of(head("slow", 0, 4), head("late", 0, 2));
    assertThat(heads.overBounds(both, START.plusSeconds(9))).isEmpty();
    assertThat(heads.overBounds(both, START.plusSeconds(10))).containsExactly("slow");
  }

  @Test
  void the_next_request_on_a_connection_has_its_own_time() {
    heads.overBounds(List.of(head("busy", 0, 2)), START);
    List<Head> next = List.of(head("busy", 1, 2));
    assertThat(heads.overBounds(next, START.plusSeconds(10))).isEmpty();
    assertThat(heads.overBounds(next, START.plusSeconds(20))).containsExactly("busy");
  }

  @Test
  void a_head_that_was_whole_in_between_is_forgotten() {
    heads.overBounds(List.of(head("one", 0, 2)), START);
    heads.overBounds(List.of(), START.plusSeconds(1));
    assertThat(heads.overBounds(List.of(head("one", 0, 2)), START.plusSeconds(10))).isEmpty();
  }

  @Test
  void a_head_that_holds_too_much_is_ended_at_once_though_there_is_room() {
    assertThat(heads.overBounds(List.of(head("large", 0, 81)), START)).containsExactly("large");
  }

  @Test
  void the_largest_are_ended_until_the_others_fit() {
    List<Head> all = List.of(head("a", 0, 20), head("b", 0, 70), head("c", 0, 60), head("d", 0, 9));
    assertThat(heads.overBounds(all, START)).containsExactly("b");
  }

  @Test
  void of_heads_of_one_size_the_oldest_are_ended_first() {
    heads.overBounds(List.of(head("old", 0, 60)), START);
    List<Head> both = List.of(head("new", 0, 60), head("old", 0, 60));
    assertThat(heads.overBounds(both, START.plusSeconds(1))).containsExactly("old");
  }

  private static Head head(String connection, int requests, long bytes) {
    return new Head(connection, requests, bytes);
  }
}
