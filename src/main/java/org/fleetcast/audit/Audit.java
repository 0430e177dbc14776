package org.fleetcast.audit;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.fleetcast.problem.BoundedLog;
import org.fleetcast.problem.Correlation;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Tells what was done or refused: in the log at once, on the logger {@code fleetcast.audit}, one
 * line of JSON each, and in the database soon after. Nobody waits for it, and it fails nobody.
 */
@Singleton
public class Audit {
  /** So that the lines can be kept apart, whatever class writes them. */
  static final String LOGGER = "fleetcast.audit";

  /** Entries that wait for the database. */
  static final int MOST_WAITING = 5_000;

  private static final Logger TRAIL = System.getLogger(LOGGER);
  private static final BoundedLog LOST = new BoundedLog(System.getLogger(Audit.class.getName()));
  private static final long EVERY_MILLIS = 1_000;
  private static final String WHERE = "audit";

  private final BlockingQueue<AuditEntry> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final RefusalLimit refusals;
  private final AuditStore store;
  private final Clock clock;

  @Inject
  Audit(AuditStore store) {
    this(store, new RefusalLimit(), Clock.systemUTC());
  }

  Audit(AuditStore store, RefusalLimit refusals, Clock clock) {
    this.store = store;
    this.refusals = refusals;
    this.clock = clock;
  }

  void start(
      @Observes @Priority(2000) Startup event,
      ManagedScheduledExecutorService scheduler,
      InternalFaults faults) {
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard(WHERE, this::store), EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  void stop(@Observes Shutdown event, InternalFaults faults) {
    faults.guard(WHERE, this::store);
  }

  /** Tells what was done. */
  public void done(
      Action action,
      @Nullable String subject,
      @Nullable String target,
      HttpServletRequest request) {
    tell(action, Outcome.DONE, subject, target, null, Correlation.of(request));
  }

  /** Tells that work of the server's own failed, which nobody can cause who was not let in. */
  public void failed(
      Action action, @Nullable String subject, String why, HttpServletRequest request) {
    keep(action, Outcome.FAILED, subject, null, why, Correlation.of(request));
  }

  /** Tells that somebody was refused; few of them when there are many. */
  public void refused(
      Action action, @Nullable String subject, String why, HttpServletRequest request) {
    tell(action, Outcome.REFUSED, subject, null, why, Correlation.of(request));
  }

  /** Tells what came of something. */
  void tell(
      Action action,
      Outcome outcome,
      @Nullable String subject,
      @Nullable String target,
      @Nullable String detail,
      String correlationId) {
    if (outcome != Outcome.DONE && !refusals.admits()) {
      return; // whoever is refused can be so as often as he likes
    }
    keep(action, outcome, subject, target, detail, correlationId);
  }

  private void keep(
      Action action,
      Outcome outcome,
      @Nullable String subject,
      @Nullable String target,
      @Nullable String detail,
      String correlationId) {
    AuditEntry entry =
        new AuditEntry(
            clock.instant(), action.text(), outcome.text(), subject, target, detail, correlationId);
    TRAIL.log(Level.INFO, entry.line());
    if (!waiting.offer(entry)) {
      LOST.log(Level.WARNING, "An entry of the audit stands in the log only: too many wait", null);
    }
  }

  /**
   * Stores what waits. While the database is away it goes on waiting; what it refuses is let go, or
   * nothing that comes later would ever be stored.
   */
  synchronized void store() {
    while (!waiting.isEmpty()) {
      List<AuditEntry> batch = new ArrayList<>(waiting);
      try {
        store.add(batch, clock.instant());
      } catch (Problem away) {
        LOST.log(Level.WARNING, "The audit waits for the database: " + away.sentence(), null);
        return;
      } catch (AuditStore.Refused refused) {
        LOST.log(
            Level.WARNING,
            "Entries of the audit stand in the log only count=" + batch.size(),
            refused);
      }
      batch.forEach(stored -> waiting.poll());
    }
  }
}
