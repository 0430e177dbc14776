package org.fleetcast.rotation;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.fleetcast.devices.Transactions;
import org.fleetcast.live.Sessions;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.rotation.RotationChanged.Source;

/**
 * Tells every open stream, of every replica, that the rotation moved on. A change counts in the
 * database with its commit; each replica looks at the count, 250 ms after a change of its own and
 * every second for those of others, and nudges when it grew: so many changes are one nudge.
 */
@Singleton
class Nudges {
  private static final Logger LOG = System.getLogger(Nudges.class.getName());
  private static final String WHERE = "nudges";
  private static final long WINDOW_MILLIS = 250;

  private final Sessions sessions;
  private final EntityManager entities; // lives within a transaction only
  private final Transactions transactions;
  private final Event<RotationChanged> changed;
  private final ManagedScheduledExecutorService scheduler;
  private final MetricRegistry registry;
  private final InternalFaults faults;
  private final AtomicBoolean announced = new AtomicBoolean();
  private volatile long seen;

  @Inject
  Nudges(
      Sessions sessions,
      EntityManager entities,
      Transactions transactions,
      Event<RotationChanged> changed,
      ManagedScheduledExecutorService scheduler,
      MetricRegistry registry,
      InternalFaults faults) {
    this.sessions = sessions;
    this.entities = entities;
    this.transactions = transactions;
    this.changed = changed;
    this.scheduler = scheduler;
    this.registry = registry;
    this.faults = faults;
    for (Source source : Source.values()) {
      told(source); // there from the start, as zero
    }
  }

  void atStart(@Observes @Priority(2000) Startup startup) {
    seen = changes().count();
    scheduler.scheduleWithFixedDelay(() -> faults.guard(WHERE, this::look), 1, 1, TimeUnit.SECONDS);
  }

  /** Nudges though nothing changed here: what the job did elsewhere may be worth a look. */
  void nudge(Source by) {
    transactions.run(() -> changed.fire(new RotationChanged(by)));
  }

  void count(@Observes RotationChanged change) {
    entities
        .createNativeQuery(
            "update rotation_nudge set changes = changes + 1, changed_by = ?1 where id = 1")
        .setParameter(1, change.by().name())
        .executeUpdate();
  }

  void announce(@Observes(during = TransactionPhase.AFTER_SUCCESS) RotationChanged change) {
    announce();
  }

  private void announce() {
    if (announced.compareAndSet(false, true)) {
      try {
        scheduler.schedule(
            () -> faults.guard(WHERE, this::tell), WINDOW_MILLIS, TimeUnit.MILLISECONDS);
      } catch (RuntimeException | Error refused) {
        announced.set(false); // so that the next look tries again
        throw refused;
      }
    }
  }

  private void look() {
    ifThere(
        () -> {
          if (changes().count() != seen) {
            announce();
          }
        });
  }

  private void tell() {
    announced.set(false); // before the count is read: what comes after is announced again
    ifThere(() -> broadcast(changes()));
  }

  /** While the database is away the next look makes up for it. */
  private static void ifThere(Runnable work) {
    try {
      work.run();
    } catch (PersistenceException | IllegalStateException | Problem away) {
      LOG.log(Level.DEBUG, "The database cannot be asked for changes of the rotation", away);
    }
  }

  private void broadcast(Changes now) {
    if (now.count() != seen) {
      seen = now.count();
      sessions.broadcast(org.fleetcast.live.StreamEvent.ROTATION_UPDATED);
      told(now.by()).inc();
    }
  }

  private Counter told(Source by) {
    Tag tag = new Tag("source", by.name().toLowerCase(Locale.ROOT));
    return registry.counter(
        metric(
            "sse_rotation_nudge_broadcast",
            "rotation-updated events broadcast, by who made the last change before them"),
        tag);
  }

  private Changes changes() {
    return transactions.read(
        () -> {
          Object[] row =
              (Object[])
                  entities
                      .createNativeQuery(
                          "select changes, changed_by from rotation_nudge where id = 1")
                      .getSingleResult();
          return new Changes(((Number) row[0]).longValue(), Source.valueOf((String) row[1]));
        });
  }

  /** How many changes there were, and who made the last one. */
  private record Changes(long count, Source by) {}
}
