package org.fleetcast.logs;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;

/**
 * What the fleet logged lately. What was logged before this process heard of an entity is read from
 * Elasticsearch when somebody asks for it: at once for a few entities, in the background for all.
 */
@Singleton
public class FleetActivity {
  private static final Logger LOG = System.getLogger(FleetActivity.class.getName());

  /** For how long Elasticsearch is not asked after it gave no answer. */
  private static final Duration REST = Duration.ofSeconds(5);

  private static final Duration BACKGROUND = Duration.ofMinutes(2);

  /** Between two readings of all: there may be more entities than can be remembered. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private final Activity activity;
  private final EarlierActivity earlier;
  private final ManagedExecutorService executor;
  private final InternalFaults faults;
  private final AtomicBoolean reading = new AtomicBoolean();
  private volatile Instant silentUntil = Instant.EPOCH;
  private volatile Instant allReadUntil = Instant.EPOCH;

  @Inject
  public FleetActivity(
      Activity activity,
      LogKeeper keeper,
      SearchIndex index,
      ManagedExecutorService executor,
      InternalFaults faults) {
    this.activity = activity;
    this.earlier = new EarlierActivity(keeper, index);
    this.executor = executor;
    this.faults = faults;
  }

  /** A few entities, with what they logged before the start if Elasticsearch says so in time. */
  Map<String, Recent> some(Collection<String> entityIds) {
    Map<String, Recent> found = activity.of(entityIds);
    Map<String, Long> missing = missing(found);
    if (!missing.isEmpty()) {
      boolean unused = read(missing, found, SteadyClock.now().plus(SearchIndex.TIMEOUT));
    }
    return found;
  }

  /** All entities of the fleet, as they are known now; what is missing will be there later. */
  Map<String, Recent.Picture> all(Collection<String> entityIds, long now) {
    Map<String, Recent> found = activity.of(entityIds);
    Map<String, Long> missing = missing(found);
    boolean due = !rests() && SteadyClock.now().isAfter(allReadUntil);
    if (!missing.isEmpty() && due && reading.compareAndSet(false, true)) {
      boolean given = false;
      try {
        executor.execute(() -> readAll(missing, found));
        given = true;
      } catch (RejectedExecutionException stopping) {
        LOG.log(Level.DEBUG, "Earlier activity is not read, the application is being stopped");
      } finally {
        if (!given) {
          reading.set(false);
        }
      }
    }
    return pictures(found, now);
  }

  private void readAll(Map<String, Long> missing, Map<String, Recent> found) {
    try {
      if (read(missing, found, SteadyClock.now().plus(BACKGROUND))) {
        allReadUntil = SteadyClock.now().plus(PAUSE);
      }
    } catch (Throwable fault) {
      faults.survived("activity", fault); // asked again when somebody asks again
    } finally {
      reading.set(false);
    }
  }

  private static Map<String, Long> missing(Map<String, Recent> found) {
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

  /** Adds what was logged earlier; false when Elasticsearch did not tell all of it. */
  private boolean read(Map<String, Long> missing, Map<String, Recent> found, Instant deadline) {
    if (rests()) {
      return false;
    }
    try {
      earlier.read(
          missing,
          Instant.now(),
          deadline,
          (id, before, told) -> {
            Recent recent = found.get(id);
            if (recent != null) {
              recent.addEarlier(before, told);
            }
          });
      return true;
    } catch (SearchIndex.Refused refused) {
      silentUntil = SteadyClock.now().plus(REST);
      LOG.log(Level.DEBUG, "Earlier activity could not be read cause=" + refused.type());
      return false;
    }
  }

  private boolean rests() {
    return SteadyClock.now().isBefore(silentUntil);
  }

  /** What is known of them in the hour that ends with the minute of that time. */
  static Map<String, Recent.Picture> pictures(Map<String, Recent> found, long now) {
    Map<String, Recent.Picture> pictures = new LinkedHashMap<>();
    found.forEach((id, recent) -> pictures.put(id, recent.at(now)));
    return pictures;
  }
}
