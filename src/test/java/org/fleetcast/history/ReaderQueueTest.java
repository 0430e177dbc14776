package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.fleetcast.archive.Lookup;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.ManualClock;
import org.junit.jupiter.api.Test;

class ReaderQueueTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final FairQueue.Bounds BOUNDS = new FairQueue.Bounds(2, 3, 1, 4, 2, 1);

  private final Queue<Runnable> threads = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();
  private final AtomicInteger refused = new AtomicInteger();
  private final ManualClock clock = new ManualClock();
  private boolean exhausted;
  private final ReaderQueue queue =
      new ReaderQueue(
          BOUNDS,
          task -> {
            if (exhausted) {
              throw new OutOfMemoryError("injected: unable to create a thread");
            }
            threads.add(task);
          },
          PATIENCE,
          clock,
          refused::incrementAndGet);

  private ReaderQueue.Task add(String name) {
    return queue.add(
        name.substring(0, 1),
        task -> done.add(name),
        reason -> done.add(name + " " + reason.getMessage()),
        () -> false);
  }

  private void runAll() {
    while (!threads.isEmpty()) {
      threads.remove().run();
    }
  }

  @Test
  void whoever_has_too_many_is_told_that_it_is_he_and_everybody_else_that_it_is_all() {
    add("a1");
    add("a2");
    add("a3");
    assertThatThrownBy(() -> add("a4")).satisfies(failure -> refusal(failure, 429));
    add("b1");
    add("b2");
    add("b3");
    assertThatThrownBy(() -> add("c1")).satisfies(failure -> refusal(failure, 503));
    assertThat(refused).hasValue(2);
    runAll();
    assertThat(done).containsExactly("a1", "b1", "a2", "b2", "a3", "b3");
    assertThat(queue.held()).isZero();
  }

  private static void refusal(Throwable failure, int status) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.code().status()).isEqualTo(status);
              assertThat(problem.retryAfter()).isPresent();
            });
  }

  @Test
  void whoever_waits_too_long_is_refused_and_leaves_the_queue() {
    add("a1");
    add("a2");
    clock.passes(PATIENCE);
    queue.look();
    assertThat(done).isEmpty();
    clock.passes(Duration.ofMillis(1));
    queue.look();
    assertThat(done).as("on the thread that looks").isEmpty();
    runAll();
    assertThat(done).containsExactly("a1", "a2 Too many requests of this user read logs");
    assertThat(queue.waiting() + queue.held()).isZero();
  }

  @Test
  void patient_ones_wait_for_as_long_as_it_takes_but_not_too_many() {
    add("a1");
    queue.addPatient("a", task -> done.add("p1"), reason -> done.add("p1 refused"));
    queue.addPatient("a", task -> done.add("p2"), reason -> done.add("p2 refused"));
    clock.passes(PATIENCE.multipliedBy(2));
    queue.look();
    runAll();
    assertThat(done).containsExactly("p2 refused", "a1", "p1");
  }

  @Test
  void work_that_throws_says_so_and_costs_no_place() {
    for (int i = 0; i < 5; i++) {
      queue.add(
          "a",
          task -> {
            throw new StackOverflowError("injected");
          },
          reason -> done.add(reason.getMessage()),
          () -> false);
      runAll();
    }
    assertThat(done).containsOnly("injected").hasSize(5);
    assertThat(queue.held()).isZero();
  }

  @Test
  void a_thread_that_cannot_be_had_costs_no_place() {
    exhausted = true;
    add("a1");
    add("a2");
    assertThat(done).allMatch(text -> text.endsWith("unable to create a thread")).hasSize(2);
    exhausted = false;
    add("a3");
    runAll();
    assertThat(done).endsWith("a3");
    assertThat(queue.held()).isZero();
  }

  @Test
  void whoever_waits_too_long_is_refused_also_when_there_is_no_thread() {
    add("a1");
    add("a2");
    clock.passes(PATIENCE.plusMillis(1));
    exhausted = true;
    queue.look();
    assertThat(done).containsExactly("a2 Too many requests of this user read logs");
  }

  @Test
  void whose_reader_has_gone_leaves_the_queue_and_stops_reading() {
    AtomicBoolean gone = new AtomicBoolean();
    List<Lookup> readings = new ArrayList<>();
    for (String name : List.of("a1", "a2")) {
      queue.add(
          "a",
          task -> {
            readings.add(task.read(PATIENCE));
            assertThat(readings.get(0).isOver()).isFalse();
            gone.set(true);
            queue.look();
            assertThat(readings.get(0).isOver()).isTrue();
            done.add(name);
          },
          reason -> done.add(name + " " + reason.getMessage()),
          gone::get);
    }
    runAll();
    assertThat(done).containsExactly("a1", "a2 Nobody waits for this any more");
    assertThatThrownBy(() -> readings.get(0).check())
        .isInstanceOfSatisfying(
            Problem.class, p -> assertThat(p.code()).isEqualTo(ProblemCode.SERVICE_UNAVAILABLE));
    assertThat(queue.held() + queue.waiting()).isZero();
  }

  @Test
  void no_place_is_lost_and_none_is_given_twice_whatever_many_threads_do() throws Exception {
    int tasks = 4_000;
    ExecutorService pool = Executors.newCachedThreadPool();
    ReaderQueue busy =
        new ReaderQueue(
            new FairQueue.Bounds(3, 5, 2, 50, 20, 20), pool, PATIENCE, Clock.systemUTC(), () -> {});
    AtomicInteger working = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch over = new CountDownLatch(tasks);
    List<Thread> users = new ArrayList<>();
    for (int user = 0; user < 4; user++) {
      String name = "u" + user;
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < tasks / 4; i++) {
                  one(busy, name, i, working, most, over);
                }
              });
      users.add(thread);
      thread.start();
    }
    for (Thread user : users) {
      user.join();
    }
    assertThat(over.await(60, TimeUnit.SECONDS)).isTrue();
    pool.shutdown();
    assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThat(busy.held() + busy.waiting()).isZero();
    assertThat(most.get()).isBetween(1, 3);
  }

  private static void one(
      ReaderQueue queue,
      String user,
      int number,
      AtomicInteger working,
      AtomicInteger most,
      CountDownLatch over) {
    try {
      ReaderQueue.Task task =
          queue.add(
              user,
              begun -> {
                most.accumulateAndGet(working.incrementAndGet(), Math::max);
                begun.read(PATIENCE);
                working.decrementAndGet();
                if (number % 3 == 0) {
                  begun.worked();
                }
                if (number % 7 == 0) {
                  throw new IllegalStateException("injected");
                }
                over.countDown();
              },
              reason -> over.countDown(),
              () -> false);
      if (number % 5 == 0) {
        task.cancel();
      }
    } catch (Problem refused) {
      over.countDown();
    }
  }
}
