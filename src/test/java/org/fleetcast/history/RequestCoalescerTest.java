package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RequestCoalescerTest {
  private final RequestCoalescer<String, Integer> gathered = new RequestCoalescer<>();

  @Test
  void all_who_ask_before_the_answer_begins_are_answered_at_once() {
    assertThat(gathered.add("a", 1)).isTrue();
    assertThat(gathered.add("a", 2)).isFalse();
    assertThat(gathered.add("b", 3)).isTrue();
    assertThat(gathered.take("a")).containsExactly(1, 2);
    assertThat(gathered.take("b")).containsExactly(3);
  }

  @Test
  void who_asks_after_that_is_the_first_of_the_next() {
    gathered.add("a", 1);
    gathered.take("a");
    assertThat(gathered.add("a", 2)).isTrue();
    assertThat(gathered.take("a")).containsExactly(2);
  }

  @Test
  void each_is_answered_once_whoever_asks_at_the_same_time() {
    Queue<Integer> answered = new ConcurrentLinkedQueue<>();
    AtomicInteger answers = new AtomicInteger();
    CompletableFuture<?>[] asking =
        IntStream.range(0, 4)
            .mapToObj(
                thread ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int i = 0; i < 5_000; i++) {
                            if (gathered.add("a", thread * 5_000 + i)) {
                              answered.addAll(gathered.take("a"));
                              answers.incrementAndGet();
                            }
                          }
                        }))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(asking).join();
    assertThat(answered).hasSize(20_000).doesNotHaveDuplicates();
    assertThat(answers.get()).isLessThanOrEqualTo(20_000);
  }
}
