package org.fleetcast.archive;

import static org.fleetcast.metrics.Described.metric;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.ThreadName;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.LineTraces;
import org.fleetcast.sink.LogMetrics;

/** Runs the archive that empties the journal, where there is an Elasticsearch. */
@Singleton
class ArchiveRunner {
  private final Archive archive;
  private final IndexTemplates templates;
  private final SearchIndex index;
  private final ManagedExecutorService executor;

  @Inject
  public ArchiveRunner(
      JournalKeeper keeper,
      SearchIndex index,
      LogMetrics metrics,
      LineTraces traces,
      ManagedExecutorService executor,
      InternalFaults faults) {
    this.index = index;
    this.executor = executor;
    this.templates = new IndexTemplates(index, Clock.systemUTC());
    this.archive = new Archive(keeper.journal(), index, templates, metrics, traces::stored, faults);
    metrics.gauge(
        metric(
            "iot_logsink_retry_delay_seconds",
            "The wait after the last refusal of Elasticsearch; 0 while all is well"),
        () -> archive.delay().toMillis() / 1000.0);
  }

  void start(@Observes Startup event) {
    if (index.configured()) {
      executor.execute(ThreadName.during("archive", archive));
    }
  }

  /** Before the journal is closed, which it reads. */
  void stop(@Observes Shutdown event) {
    archive.stop();
  }

  Archive archive() {
    return archive;
  }

  IndexTemplates templates() {
    return templates;
  }
}
