package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FairQueueTest {
  private FairQueue<String> queue(int working, int ofOne) {
    return new FairQueue<>(new FairQueue.Bounds(working, working + 2, ofOne, 10, 6, 2));
  }

  private static List<String> started(FairQueue<String> queue) {
    List<String> started = new ArrayList<>();
    for (Optional<String> next = queue.next(); next.isPresent(); next = queue.next()) {
      started.add(next.get());
    }
    return started;
  }

  @Test
  void owners_take_turns_whoever_came_first_with_many() {
    FairQueue<String> queue = queue(1, 1);
    List.of("a1", "a2", "a3", "a4").forEach(task -> queue.add("a", task));
    List.of("b1", "b2").forEach(task -> queue.add("b", task));
    queue.add("c", "c1");
    List<String> order = new ArrayList<>();
    for (Optional<String> next = queue.next(); next.isPresent(); next = queue.next()) {
      order.add(next.get());
      queue.worked();
      queue.free(next.get().substring(0, 1));
    }
    assertThat(order).containsExactly("a1", "b1", "c1", "a2", "b2", "a3", "a4");
    assertThat(queue.held()).isZero();
  }

  @Test
  void one_owner_never_has_all_places() {
    FairQueue<String> queue = queue(4, 2);
    List.of("a1", "a2", "a3", "a4", "a5").forEach(task -> queue.add("a", task));
    assertThat(started(queue)).containsExactly("a1", "a2");
    queue.add("b", "b1");
    assertThat(started(queue)).containsExactly("b1");
    assertThat(queue.isFull("a")).isTrue();
    assertThat(queue.isFull("b")).isFalse();
  }

  @Test
  void so_many_wait_of_one_and_in_all_and_no_more() {
    FairQueue<String> queue = queue(1, 1);
    for (int i = 1; i <= 6; i++) {
      assertThat(queue.add("a", "a" + i)).isTrue();
    }
    assertThat(queue.add("a", "a7")).isFalse();
    assertThat(queue.isFull("a")).as("while none of his runs").isTrue();
    for (int i = 1; i <= 4; i++) {
      assertThat(queue.add("b", "b" + i)).isTrue();
    }
    assertThat(queue.add("c", "c1")).isFalse();
    assertThat(queue.isFull("b") || queue.isFull("c")).isFalse();
    assertThat(started(queue)).containsExactly("a1");
    assertThat(queue.add("c", "c1")).isTrue();
    assertThat(queue.waiting()).isEqualTo(10);
  }

  @Test
  void who_has_worked_keeps_a_place_of_its_owner_only() {
    FairQueue<String> queue = queue(1, 1);
    List.of("a1", "a2").forEach(task -> queue.add("a", task));
    queue.add("b", "b1");
    assertThat(started(queue)).containsExactly("a1");
    queue.worked();
    assertThat(started(queue)).containsExactly("b1");
    queue.worked();
    assertThat(started(queue)).isEmpty();
    queue.free("a");
    assertThat(started(queue)).containsExactly("a2");
  }

  @Test
  void the_patient_ones_of_an_owner_come_last_and_are_bounded_by_themselves() {
    FairQueue<String> queue = queue(1, 1);
    assertThat(queue.addPatient("a", "p1")).isTrue();
    assertThat(queue.addPatient("a", "p2")).isTrue();
    assertThat(queue.addPatient("a", "p3")).isFalse();
    queue.add("a", "a1");
    assertThat(started(queue)).containsExactly("a1");
    assertThat(queue.remove(task -> true)).isEmpty();
    queue.worked();
    queue.free("a");
    assertThat(started(queue)).containsExactly("p1");
  }

  @Test
  void what_is_taken_out_makes_room() {
    FairQueue<String> queue = queue(1, 1);
    for (int i = 1; i <= 6; i++) {
      queue.add("a", "a" + i);
    }
    assertThat(queue.remove(task -> !task.equals("a4"))).hasSize(5);
    assertThat(queue.waiting()).isEqualTo(1);
    assertThat(started(queue)).containsExactly("a4");
  }
}
