package org.fleetcast.stack;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Starts of parts that do not need one another to start. */
public final class Together {
  private Together() {}

  /** Runs them at the same time; returns when all have ended, and throws what one of them threw. */
  public static void run(Runnable... starts) {
    ExecutorService threads = Executors.newFixedThreadPool(starts.length);
    try {
      CompletableFuture.allOf(
              Arrays.stream(starts)
                  .map(start -> CompletableFuture.runAsync(start, threads))
                  .toArray(CompletableFuture<?>[]::new))
          .join();
    } finally {
      threads.shutdown();
    }
  }
}
