package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.persistence.EntityManager;
import jakarta.transaction.Status;
import jakarta.transaction.UserTransaction;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.fleetcast.Stub;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many may write at once, and how many wait for the turn. */
class TransactionsTest {
  private final Transactions transactions =
      new Transactions(
          Stub.of(UserTransaction.class, Map.of("getStatus", a -> Status.STATUS_NO_TRANSACTION)),
          new DatabaseOutage(),
          Duration.ofMillis(50));

  private final RotationSlots turns = new RotationSlots(Stub.of(EntityManager.class), transactions);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch gate = new CountDownLatch(1);

  @AfterEach
  void end() {
    gate.countDown();
    threads.shutdownNow();
  }

  @Test
  void many_who_write_and_wait_leave_connections_for_those_who_read() throws InterruptedException {
    CountDownLatch within = new CountDownLatch(Transactions.WRITERS);
    List<CompletableFuture<Boolean>> writers =
        inParallel(
            Transactions.WRITERS,
            () ->
                transactions.call(
                    () -> {
                      within.countDown();
                      return passesGate();
                    }));
    within.await();
    assertThat(transactions.<String>read(() -> "read")).isEqualTo("read");
    isRefused(() -> transactions.call(() -> "written"));
    gate.countDown();
    assertThat(writers.stream().map(CompletableFuture::join)).containsOnly(true);
    assertThat(transactions.<String>call(() -> "written")).isEqualTo("written");
  }

  @Test
  void who_fails_frees_its_place() {
    for (int i = 0; i < 2 * Transactions.WRITERS; i++) {
      assertThatThrownBy(
              () ->
                  transactions.call(
                      () -> {
                        throw new IllegalStateException("injected");
                      }))
          .hasMessage("injected");
    }
    assertThat(transactions.<String>call(() -> "written")).isEqualTo("written");
  }

  @Test
  void a_limited_number_waits_for_the_turn() {
    List<CompletableFuture<Boolean>> holders =
        inParallel(RotationSlots.MOST_WAITING + 1, () -> turns.holding(turn -> passesGate()));
    Awaitility.await().until(() -> turns.waiting() == RotationSlots.MOST_WAITING);
    isRefused(() -> turns.holding(turn -> true));
    gate.countDown();
    assertThat(holders.stream().map(CompletableFuture::join)).containsOnly(true);
  }

  private <T> List<CompletableFuture<T>> inParallel(int count, Supplier<T> work) {
    return IntStream.range(0, count)
        .mapToObj(i -> CompletableFuture.supplyAsync(work, threads))
        .toList();
  }

  private boolean passesGate() {
    try {
      gate.await();
      return true;
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void isRefused(Supplier<Object> work) {
    assertThatThrownBy(work::get)
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.code()).isEqualTo(ProblemCode.SERVICE_UNAVAILABLE);
              assertThat(problem.sentence()).contains("busy");
              assertThat(problem.retryAfter()).isPresent();
            });
  }
}
