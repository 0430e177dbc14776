package org.fleetcast.history;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ThreadName;
import org.fleetcast.sink.LogMetrics;
import org.fleetcast.time.SteadyClock;

/**
 * The one door for whatever is read from the journal and Elasticsearch on behalf of a user: few at
 * a time, the users in turn. It has threads of its own, so that no reader, however slow, keeps the
 * server from answering others.
 */
@Singleton
public class Readers {
  /** For how long one waits for its turn, and then for what it reads. */
  public static final Duration PATIENCE = SearchIndex.TIMEOUT;

  private static final String WHERE = "readers";
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final int OF_ONE = 4;
  private static final int WAITING_OF_ONE = 16;
  private static final int WAITING = 512;
  private static final int PATIENT_OF_ONE = 2_000;

  /** Of those who have read, and whose reader takes what was read. */
  private static final int TELLING = 16;

  private static final int DOWNLOADS = 16;

  /** A page in several forms, when its lines are long. */
  private static final long BYTES_OF_ONE = 48L << 20;

  private final ExecutorService threads;
  private final ManagedScheduledExecutorService scheduler;
  private final InternalFaults faults;
  private final ReaderQueue pages;
  private final ReaderQueue downloads;

  @Inject
  public Readers(
      ManagedThreadFactory factory,
      ManagedScheduledExecutorService scheduler,
      LogMetrics metrics,
      InternalFaults faults) {
    this.scheduler = scheduler;
    this.faults = faults;
    AtomicLong number = new AtomicLong();
    this.threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task ->
                factory.newThread(ThreadName.during("reader-" + number.incrementAndGet(), task)));
    int all = atATime();
    int one = Math.min(OF_ONE, all / 2);
    this.pages =
        queue(
            metrics,
            new FairQueue.Bounds(all, all + TELLING, one, WAITING, WAITING_OF_ONE, PATIENT_OF_ONE));
    this.downloads =
        queue(
            metrics,
            new FairQueue.Bounds(DOWNLOADS, DOWNLOADS, OF_ONE, WAITING, WAITING_OF_ONE, 0));
    metrics.gauge(
        metric(
            "fleetcast_readers_running",
            "Requests that read logs from the journal or Elasticsearch right now, tails included"),
        () -> pages.held() + downloads.held());
    metrics.gauge(
        metric("fleetcast_readers_waiting", "Requests that wait for their turn to read logs"),
        () -> pages.waiting() + downloads.waiting());
  }

  private ReaderQueue queue(LogMetrics metrics, FairQueue.Bounds bounds) {
    return new ReaderQueue(bounds, threads, PATIENCE, SteadyClock.INSTANCE, metrics::readerRefused);
  }

  /** As many as processors and memory can take. */
  private static int atATime() {
    Runtime machine = Runtime.getRuntime();
    long wanted = Math.min(2L * machine.availableProcessors() + 4, SearchIndex.READERS);
    return (int) Math.max(4, Math.min(wanted, machine.maxMemory() / BYTES_OF_ONE));
  }

  void start(@Observes Startup event) {
    scheduler.scheduleWithFixedDelay(
        () -> {
          faults.guard(WHERE, pages::look);
          faults.guard(WHERE, downloads::look);
        },
        LOOK.toMillis(),
        LOOK.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  @PreDestroy
  void stop() {
    threads.shutdown();
  }

  /**
   * Reads for an answer.
   *
   * @param work calls {@link ReaderQueue.Task#worked} when it has read and begins to write
   * @throws Problem 429 when too many of the user's wait already, 503 when too many do in all
   */
  public void read(String subject, Consumer<ReaderQueue.Task> work, Reply reply) {
    pages.add(subject, work, reply::fail, reply::isGone);
  }

  /**
   * Reads for an answer that the server writes.
   *
   * @param limit for how long it may read
   */
  public <T> CompletableFuture<T> read(String subject, Duration limit, Function<Lookup, T> work) {
    Answer<T> answer = new Answer<>(limit, work);
    pages.add(subject, answer::read, answer.read::completeExceptionally, () -> false);
    return answer.read;
  }

  /** The same for what waits behind all others of its user, for as long as it takes. */
  public <T> CompletableFuture<T> readPatiently(
      String subject, Duration limit, Function<Lookup, T> work) {
    Answer<T> answer = new Answer<>(limit, work);
    pages.addPatient(subject, answer::read, answer.read::completeExceptionally);
    return answer.read;
  }

  private record Answer<T>(Duration limit, Function<Lookup, T> work, CompletableFuture<T> read) {
    Answer(Duration limit, Function<Lookup, T> work) {
      this(limit, work, new CompletableFuture<>());
    }

    void read(ReaderQueue.Task task) {
      T found = work.apply(task.read(limit));
      task.worked();
      read.complete(found);
    }
  }

  /**
   * Runs a download, whose pages are read by {@link #page}, as long as its reader takes.
   *
   * @throws Problem 429 when too many of the user's wait already, 503 when too many do in all
   */
  void download(String subject, Consumer<ReaderQueue.Task> work, Reply reply) {
    downloads.add(subject, work, reply::fail, reply::isGone);
  }

  /** A page of a download: waits for its turn here, on the download's thread. */
  <T> T page(String subject, Function<Lookup, T> work) {
    try {
      return readPatiently(subject, PATIENCE, work).get();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The server is being stopped", stopping);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("A page could not be read", failed);
    }
  }
}
