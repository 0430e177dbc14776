package org.fleetcast.archive;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * What somebody looks for: until when he waits for it, and whether he still does. Whoever reads for
 * him asks it between two steps. Never an interrupt, which would close the file of the journal.
 */
public final class Lookup {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final Instant end;

  @GuardedBy("this")
  private @Nullable CompletableFuture<?> awaited;

  private volatile boolean cancelled;

  private Lookup(Instant end) {
    this.end = end;
  }

  /** A reading that may take so long. */
  public static Lookup within(Duration patience) {
    return new Lookup(SteadyClock.now().plus(patience));
  }

  /** Nobody waits for it any more: what it waits for itself is given up. */
  public synchronized void cancel() {
    cancelled = true;
    if (awaited != null) {
      awaited.cancel(true);
    }
  }

  public boolean isOver() {
    return cancelled || !SteadyClock.now().isBefore(end);
  }

  /**
   * To be asked between two steps.
   *
   * @throws Problem 503 when it was cancelled or has no time left
   */
  public void check() {
    if (isOver()) {
      throw over();
    }
  }

  private static Problem over() {
    return Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "Reading the log took too long")
        .retryAfter(RETRY_AFTER);
  }

  /**
   * Waits for an answer, which is given up when this reading is over.
   *
   * @param patience for how long at most
   * @throws Problem 503 when it was cancelled
   */
  <T> T await(CompletableFuture<T> answer, Duration patience) throws IOException {
    try {
      begin(answer);
      Duration left = Duration.between(SteadyClock.now(), end);
      Duration wait = left.compareTo(patience) < 0 ? left : patience;
      return answer.get(Math.max(0, wait.toNanos()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw new SocketTimeoutException("no answer in time");
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new IOException("the server is being stopped", stopping);
    } catch (CancellationException givenUp) {
      throw over(); // nobody waits for it any more: no news for the log
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof IOException cause ? cause : new IOException(failed);
    } finally {
      end(answer);
    }
  }

  private synchronized void begin(CompletableFuture<?> answer) {
    awaited = answer;
    if (cancelled) {
      answer.cancel(true);
    }
  }

  /** Elasticsearch stops a search whose connection is closed. */
  private synchronized void end(CompletableFuture<?> answer) {
    awaited = null;
    answer.cancel(true); // nothing if it is there
  }
}
