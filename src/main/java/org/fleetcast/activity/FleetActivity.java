package org.fleetcast.activity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.history.Readers;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * What the fleet logged lately. What was logged before this process heard of an entity is read from
 * Elasticsearch when somebody asks for it: at once for a few entities, in the background for all.
 */
@Singleton
class FleetActivity {
  private static final Logger LOG = System.getLogger(FleetActivity.class.getName());

  /** For how long Elasticsearch is not asked after it gave no answer. */
  private static final Duration REST = Duration.ofSeconds(5);

  private static final Duration BACKGROUND = Duration.ofMinutes(2);

  /** Between two readings of all: there may be more entities than can be remembered. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  /** The reading of all is nobody's own. */
  private static final String NOBODY = "";

  private final Activity activity;
  private final EarlierActivity earlier;
  private final Readers readers;
  private final InternalFaults faults;
  private final AtomicBoolean reading = new AtomicBoolean();
  private volatile Instant silentUntil = Instant.EPOCH;
  private volatile Instant allReadUntil = Instant.EPOCH;

  @Inject
  public FleetActivity(
      Activity activity,
      JournalKeeper keeper,
      SearchIndex index,
      Readers readers,
      InternalFaults faults) {
    this.activity = activity;
    this.earlier = new EarlierActivity(keeper, index);
    this.readers = readers;
    this.faults = faults;
  }

  /**
   * A few entities, with what they logged before the start if Elasticsearch says so in time.
   *
   * @throws Problem 429 or 503 when that is to be read and too many read already
   */
  CompletionStage<Map<String, HourCounts>> some(String subject, Collection<String> entityIds) {
    Map<String, HourCounts> found = activity.of(entityIds);
    Map<String, Long> missing = missing(found);
    if (missing.isEmpty() || rests()) {
      return CompletableFuture.completedFuture(found);
    }
    return readers.read(
        subject,
        Readers.PATIENCE,
        reading -> {
          read(missing, found, reading);
          return found;
        });
  }

  /** All entities of the fleet, as they are known now; what is missing will be there later. */
  Map<String, HourCounts.Picture> all(Collection<String> entityIds, long now) {
    Map<String, HourCounts> found = activity.of(entityIds);
    Map<String, Long> missing = missing(found);
    boolean due = !rests() && SteadyClock.now().isAfter(allReadUntil);
    if (!missing.isEmpty() && due && reading.compareAndSet(false, true)) {
      CompletableFuture<Boolean> unused =
          readers
              .readPatiently(NOBODY, BACKGROUND, reader -> read(missing, found, reader))
              .whenComplete(this::allRead);
    }
    return pictures(found, now);
  }

  private void allRead(@Nullable Boolean whole, @Nullable Throwable fault) {
    if (Boolean.TRUE.equals(whole)) {
      allReadUntil = SteadyClock.now().plus(PAUSE);
    }
    if (fault != null
        && !(fault instanceof Problem || fault instanceof RejectedExecutionException)) {
      faults.survived("activity", fault); // asked again when somebody asks again
    }
    reading.set(false);
  }

  private static Map<String, Long> missing(Map<String, HourCounts> found) {
    Map<String, Long> missing = new LinkedHashMap<>();
    found.forEach(
        (id, recent) -> {
          Long before = recent.missingBefore();
          if (before != null) {
            missing.put(id, before);
          }
        });
    return missing;
  }

  /** Adds what was logged earlier; false when Elasticsearch did not return all of it. */
  private boolean read(Map<String, Long> missing, Map<String, HourCounts> found, Lookup reader) {
    if (rests()) {
      return false;
    }
    try {
      earlier.read(
          missing,
          Instant.now(),
          reader,
          (id, before, told) -> {
            HourCounts recent = found.get(id);
            if (recent != null) {
              recent.addEarlier(before, told);
            }
          });
      return true;
    } catch (SearchIndex.Refused refused) {
      rest(refused.type());
    } catch (Problem over) {
      rest(over.code().name());
    }
    return false;
  }

  private void rest(String cause) {
    silentUntil = SteadyClock.now().plus(REST);
    LOG.log(Level.DEBUG, "Earlier activity could not be read cause=" + cause);
  }

  private boolean rests() {
    return SteadyClock.now().isBefore(silentUntil);
  }

  /** What is known of them in the hour that ends with the minute of that time. */
  static Map<String, HourCounts.Picture> pictures(Map<String, HourCounts> found, long now) {
    Map<String, HourCounts.Picture> pictures = new LinkedHashMap<>();
    found.forEach((id, recent) -> pictures.put(id, recent.at(now)));
    return pictures;
  }
}
