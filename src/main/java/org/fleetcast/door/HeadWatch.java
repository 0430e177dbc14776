package org.fleetcast.door;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.ServletContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.ThreadName;
import org.fleetcast.time.SteadyClock;

/**
 * Looks four times a second at the heads of requests that are not whole and ends those that are
 * over their bounds. It has a thread of its own, so that it works when the server's are busy.
 */
@Singleton
class HeadWatch {
  private static final Logger LOG = System.getLogger(HeadWatch.class.getName());
  private static final Duration EVERY = Duration.ofMillis(250);
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** More than {@link HeadFilter} lets pass. */
  private static final long MOST_OF_ONE = 64 * 1024;

  /** Of the heap all that is held by heads may take so much. */
  private static final int SHARE = 8;

  private final ManagedThreadFactory threads;
  private final InternalFaults faults;
  private final Counter ended;
  private final UnfinishedHeads heads =
      new UnfinishedHeads(DEADLINE, MOST_OF_ONE, Runtime.getRuntime().maxMemory() / SHARE);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile int unfinished;

  @Inject
  public HeadWatch(ManagedThreadFactory threads, InternalFaults faults, MetricRegistry metrics) {
    this.threads = threads;
    this.faults = faults;
    ended = RefusedRequests.by("head", metrics);
    metrics.gauge(
        metric(
            "fleetcast_http_heads_unfinished",
            "Connections whose request head has begun and is not complete"),
        () -> unfinished);
  }

  void start(@Observes @Initialized(ApplicationScoped.class) ServletContext context) {
    try {
      LibertyConnections connections = new LibertyConnections(context);
      threads.newThread(ThreadName.during("head-watch", () -> watch(connections))).start();
    } catch (ReflectiveOperationException otherServer) {
      LOG.log(
          Level.WARNING,
          "Requests whose head never ends are bounded by the server alone: its connections cannot"
              + " be reached",
          otherServer);
    }
  }

  private void watch(LibertyConnections connections) {
    try {
      while (!stopped.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        faults.guard("head watch", () -> look(connections));
      }
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(LibertyConnections connections) {
    try {
      var found = connections.unfinished();
      unfinished = found.size();
      for (Object connection : heads.overBounds(found, SteadyClock.now())) {
        connections.end(connection);
        ended.inc();
      }
    } catch (ReflectiveOperationException otherwise) {
      throw new IllegalStateException("A connection cannot be looked at", otherwise);
    }
  }

  @PreDestroy
  void stop() {
    stopped.countDown();
  }
}
