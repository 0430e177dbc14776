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
  void aHeadThatIsNotWholeInTimeIsEndedAndOneThatBeganLaterIsNot() {
    assertThat(heads.overBounds(List.of(head("slow", 0, 2)), START)).isEmpty();
    List<Head> both = List.of(head("slow", 0, 4), head("late", 0, 2));
    assertThat(heads.overBounds(both, START.plusSeconds(9))).isEmpty();
    assertThat(heads.overBounds(both, START.plusSeconds(10))).containsExactly("slow");
  }

  @Test
  void theNextRequestOnAConnectionHasItsOwnTime() {
    heads.overBounds(List.of(head("busy", 0, 2)), START);
    List<Head> next = List.of(head("busy", 1, 2));
    assertThat(heads.overBounds(next, START.plusSeconds(10))).isEmpty();
    assertThat(heads.overBounds(next, START.plusSeconds(20))).containsExactly("busy");
  }

  @Test
  void aHeadThatWasWholeInBetweenIsForgotten() {
    heads.overBounds(List.of(head("one", 0, 2)), START);
    heads.overBounds(List.of(), START.plusSeconds(1));
    assertThat(heads.overBounds(List.of(head("one", 0, 2)), START.plusSeconds(10))).isEmpty();
  }

  @Test
  void aHeadThatHoldsTooMuchIsEndedAtOnceThoughThereIsRoom() {
    assertThat(heads.overBounds(List.of(head("large", 0, 81)), START)).containsExactly("large");
  }

  @Test
  void theLargestAreEndedUntilTheOthersFit() {
    List<Head> all = List.of(head("a", 0, 20), head("b", 0, 70), head("c", 0, 60), head("d", 0, 9));
    assertThat(heads.overBounds(all, START)).containsExactly("b");
  }

  @Test
  void ofHeadsOfOneSizeTheOldestAreEndedFirst() {
    heads.overBounds(List.of(head("old", 0, 60)), START);
    List<Head> both = List.of(head("new", 0, 60), head("old", 0, 60));
    assertThat(heads.overBounds(both, START.plusSeconds(1))).containsExactly("old");
  }

  private static Head head(String connection, int requests, long bytes) {
    return new Head(connection, requests, bytes);
  }
}
