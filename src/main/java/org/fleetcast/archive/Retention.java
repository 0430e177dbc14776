package org.fleetcast.archive;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.time.Period;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Setting;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LogTime;

/**
 * Deletes the daily indices that are older than they need to be kept. Of a data stream
 * Elasticsearch does that, and is told for how long to keep it.
 */
@Singleton
class Retention {
  private static final Logger LOG = System.getLogger(Retention.class.getName());
  private static final int MAX_DAYS = 100_000;

  private final SearchIndex index;
  private final ManagedScheduledExecutorService scheduler;
  private final InternalFaults faults;
  private final Optional<Period> logDays;
  private final Period deadLetterDays;
  private final Clock clock;

  @Inject
  public Retention(
      SearchIndex index,
      ManagedScheduledExecutorService scheduler,
      InternalFaults faults,
      @ConfigProperty(name = "log.retention.days") Optional<String> logDays,
      @ConfigProperty(name = "dead.letter.retention.days") String deadLetterDays) {
    this(index, scheduler, faults, logDays, deadLetterDays, Clock.systemUTC());
  }

  Retention(
      SearchIndex index,
      ManagedScheduledExecutorService scheduler,
      InternalFaults faults,
      Optional<String> logDays,
      String deadLetterDays,
      Clock clock) {
    this.clock = clock;
    this.index = index;
    this.scheduler = scheduler;
    this.faults = faults;
    this.logDays = logDays.map(days -> days("LOG_RETENTION_DAYS", days));
    this.deadLetterDays = days("DEAD_LETTER_RETENTION_DAYS", deadLetterDays);
  }

  private static Period days(String key, String value) {
    return Period.ofDays((int) Setting.positive(key, value, MAX_DAYS));
  }

  void start(@Observes Startup event) {
    if (index.configured()) {
      // What it threw would end the schedule for good.
      scheduler.scheduleWithFixedDelay(
          () -> faults.guard("retention", this::run), 1, 60, TimeUnit.MINUTES);
    }
  }

  /** Deletes what is too old now. */
  void run() {
    Instant now = clock.instant();
    try {
      if (logDays.isPresent()) {
        deleteBefore(JournalLine.Kind.LINE, now.minus(logDays.get()));
        keepStream(logDays.get());
      }
      deleteBefore(JournalLine.Kind.DEAD_LETTER, now.minus(deadLetterDays));
    } catch (SearchIndex.Refused later) {
      LOG.log(Level.WARNING, "Old indices could not be deleted, next try in an hour", later);
    }
  }

  private void keepStream(Period days) throws SearchIndex.Refused {
    Optional<String> stream = index.names().stream();
    if (stream.isEmpty()) {
      return;
    }
    try {
      index.ask(
          "PUT",
          "/_data_stream/" + stream.get() + "/_lifecycle",
          "{\"data_retention\":\"" + days.getDays() + "d\"}");
    } catch (SearchIndex.Refused refused) {
      if (refused.status() != 404) { // nothing was written yet
        throw refused;
      }
    }
  }

  /** A foreign template may have made data streams of our names, which are no indices. */
  private void deleteBefore(JournalLine.Kind kind, Instant oldest) throws SearchIndex.Refused {
    String prefix = index.names().prefix(kind);
    JsonNode found = index.ask("GET", "/_resolve/index/" + index.names().all(kind), null);
    for (String name : past(names(found.path("indices")), prefix, oldest)) {
      delete("/" + name, name);
    }
    List<String> streams = names(found.path("data_streams"));
    index.names().stream().ifPresent(streams::remove);
    for (String name : past(streams, prefix, oldest)) {
      delete("/_data_stream/" + name, name);
    }
  }

  private static List<String> names(JsonNode found) {
    List<String> names = new ArrayList<>();
    found.forEach(one -> names.add(one.path("name").asText()));
    return names;
  }

  private void delete(String path, String name) throws SearchIndex.Refused {
    try {
      index.ask("DELETE", path, null);
      LOG.log(Level.INFO, "Deleted an index past its retention index=" + name);
    } catch (SearchIndex.Refused refused) {
      if (refused.status() != 404) { // somebody else was quicker
        throw refused;
      }
    }
  }

  /** Those of the names that are of a day before that time; whatever else has our prefix stays. */
  static List<String> past(Collection<String> names, String prefix, Instant oldest) {
    Pattern daily = Pattern.compile(Pattern.quote(prefix) + "[0-9]{4}\\.[0-9]{2}\\.[0-9]{2}");
    // Names end in year, month and day, so the order of names is the order of days.
    String first = prefix + LogTime.day(LogTime.micros(oldest));
    return names.stream()
        .filter(name -> daily.matcher(name).matches() && name.compareTo(first) < 0)
        .toList();
  }
}
