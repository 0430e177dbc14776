package org.fleetcast.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class FewAtATimeTest {
  private final Queue<Runnable> threads = new ArrayDeque<>();
  private final List<Integer> ran = new ArrayList<>();
  private boolean exhausted;
  private final FewAtATime few =
      new FewAtATime(
          task -> {
            if (exhausted) {
              throw new OutOfMemoryError("injected: unable to create a thread");
            }
            threads.add(task);
          },
          2);

  private void add(int number) {
    few.execute(
        () -> {
          ran.add(number);
          if (number < 0) {
            throw new StackOverflowError("injected");
          }
        });
  }

  @Test
  void taskThatThrowsFreesItsTurn() {
    for (int number : new int[] {-1, -2, -3, 4}) {
      add(number);
    }
    while (!threads.isEmpty()) {
      Runnable next = threads.remove();
      try {
        next.run();
      } catch (StackOverflowError injected) {
        assertThat(injected).hasMessage("injected");
      }
    }
    assertThat(ran).containsExactly(-1, -2, -3, 4);
  }

  @Test
  void aThreadThatCannotBeHadCostsNoTurn() {
    exhausted = true;
    for (int number = 1; number <= 3; number++) {
      int each = number;
      assertThatThrownBy(() -> add(each)).isInstanceOf(OutOfMemoryError.class);
    }
    exhausted = false;
    add(4);
    assertThat(threads).hasSize(1);
    while (!threads.isEmpty()) {
      threads.remove().run();
    }
    assertThat(ran).containsExactly(1, 2, 3, 4);
  }
}
