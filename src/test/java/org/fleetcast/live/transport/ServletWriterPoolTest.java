package org.fleetcast.live.transport;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.event.Startup;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServletWriterPoolTest {
  private static final Duration SOON = Duration.ofMinutes(1);

  private final Queue<String> counted = new ConcurrentLinkedQueue<>();
  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
  private final AtomicInteger refusals = new AtomicInteger();
  private final ServletWriterPool writers =
      new ServletWriterPool(
          Stub.of(ManagedThreadFactory.class, Map.of("newThread", a -> thread((Runnable) a[0]))),
          new InternalFaults(counted::add, SteadyClock.INSTANCE));

  private Thread thread(Runnable work) {
    if (refusals.getAndDecrement() > 0) {
      throw new OutOfMemoryError("injected: unable to create a thread");
    }
    Thread thread = new Thread(work);
    threads.add(thread);
    return thread;
  }

  @AfterEach
  void stop() {
    writers.stop();
  }

  @Test
  void a_task_that_throws_an_error_ends_only_itself() {
    writers.start(new Startup());
    for (int i = 0; i < 100; i++) {
      writers.execute(
          () -> {
            throw new StackOverflowError("injected");
          });
    }
    assertThat(CompletableFuture.runAsync(() -> {}, writers)).succeedsWithin(SOON);
    assertThat(counted).isNotEmpty().containsOnly("writers");
  }

  @Test
  void who_cannot_start_a_thread_tries_again() {
    writers.start(new Startup());
    refusals.set(3);
    assertThat(CompletableFuture.runAsync(() -> {}, writers)).succeedsWithin(SOON);
    assertThat(counted).hasSize(3);
  }

  @Test
  void an_interrupt_ends_no_more_than_one_writer() {
    writers.start(new Startup());
    Thread lookout = threads.element();
    lookout.interrupt();
    for (int i = 0; i < 20; i++) {
      CompletableFuture<Void> left =
          CompletableFuture.runAsync(() -> Thread.currentThread().interrupt(), writers);
      assertThat(left).succeedsWithin(SOON);
    }
    assertThat(CompletableFuture.runAsync(() -> {}, writers)).succeedsWithin(SOON);
    assertThat(lookout.isAlive()).isTrue();
  }
}
