package org.fleetcast.logs;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Deletes the daily indices that are older than they need to be kept. */
@Singleton
public class Retention {
  private static final Logger LOG = System.getLogger(Retention.class.getName());

  private final SearchIndex index;
  private final ManagedScheduledExecutorService scheduler;
  private final Optional<Integer> logDays;
  private final int deadLetterDays;
  private final Clock clock = Clock.systemUTC();

  @Inject
  public Retention(
      SearchIndex index,
      ManagedScheduledExecutorService scheduler,
      @ConfigProperty(name = "log.retention.days") Optional<Integer> logDays,
      @ConfigProperty(name = "dead.letter.retention.days") int deadLetterDays) {
    this.index = index;
    this.scheduler = scheduler;
    this.logDays = logDays;
    this.deadLetterDays = deadLetterDays;
    if (deadLetterDays < 1 || logDays.orElse(1) < 1) {
      throw new IllegalStateException(
          "LOG_RETENTION_DAYS and DEAD_LETTER_RETENTION_DAYS must be at least 1");
    }
  }

  void start(@Observes Startup event) {
    if (index.configured()) {
      scheduler.scheduleWithFixedDelay(this::run, 1, 60, TimeUnit.MINUTES);
    }
  }

  private void run() {
    Instant now = clock.instant();
    try {
      if (logDays.isPresent()) {
        deleteBefore(Entry.Kind.LINE, now.minus(logDays.get(), ChronoUnit.DAYS));
      }
      deleteBefore(Entry.Kind.DEAD_LETTER, now.minus(deadLetterDays, ChronoUnit.DAYS));
    } catch (SearchIndex.Refused later) {
      LOG.log(Level.WARNING, "Old indices could not be deleted, next try in an hour", later);
    }
  }

  private void deleteBefore(Entry.Kind kind, Instant oldest) throws SearchIndex.Refused {
    // Names end in year, month and day, so the order of names is the order of days.
    String first = kind.prefix() + LogTime.day(LogTime.micros(oldest));
    for (String name : index.indices(kind)) {
      if (name.length() == first.length() && name.compareTo(first) < 0) {
        index.delete(name);
        LOG.log(Level.INFO, "Deleted an index past its retention index=" + name);
      }
    }
  }
}
