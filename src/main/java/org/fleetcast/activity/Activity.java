package org.fleetcast.activity;

import static org.fleetcast.metrics.Described.metric;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.sink.EntityLine;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.LineListener;
import org.fleetcast.sink.LogMetrics;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what each entity logged in the last hour, in memory, two or three kilobytes for each.
 * The intake reports every line that is safe, once for a batch.
 *
 * <p>Devices make entity ids up as they like, so those of registered devices and all others are
 * remembered apart: within each of the two, entities of which nobody has heard or asked for longest
 * are forgotten first.
 */
@Singleton
class Activity implements LineListener {
  static final int MAX_REGISTERED = 20_000;
  static final int MAX_OTHERS = 5_000;

  /** An entity with a longer id is looked up each time. */
  private static final int MAX_ID = 500;

  @GuardedBy("this")
  private final Remembered registered = new Remembered(MAX_REGISTERED);

  @GuardedBy("this")
  private final Remembered others = new Remembered(MAX_OTHERS);

  @GuardedBy("this")
  private Set<String> roster = Set.of();

  /** Lines up to this time were taken in, or came before the start. */
  @GuardedBy("this")
  private long until;

  /** Who logs for nobody to look at, unless somebody registers a device for it. */
  private final String canary;

  @Inject
  public Activity(
      JournalKeeper keeper,
      LogMetrics metrics,
      @ConfigProperty(name = "canary.entity.id") String canary) {
    this(keeper.journal().lastGiven(), canary);
    metrics.gauge(
        metric(
            "fleetcast_activity_entities_registered",
            "Entities of registered devices whose last hour is remembered"),
        this::registered);
    metrics.gauge(
        metric(
            "fleetcast_activity_entities_unregistered",
            "Other entities whose last hour is remembered"),
        this::unregistered);
  }

  Activity(long until, String canary) {
    this.until = until;
    this.canary = canary;
  }

  @Override
  public synchronized void record(List<EntityLine> batch) {
    for (EntityLine seen : batch) {
      String entityId = seen.entityId();
      HourCounts recent = known(entityId);
      if (recent == null && entityId.length() <= MAX_ID) {
        boolean ofDevice = roster.contains(entityId);
        if (ofDevice || !entityId.equals(canary)) {
          recent = new HourCounts(seen.line().at());
          (ofDevice ? registered : others).put(entityId, recent);
        }
      }
      if (recent != null) {
        recent.add(seen.line());
      }
      until = seen.line().at();
    }
  }

  @GuardedBy("this")
  private @Nullable HourCounts known(String entityId) {
    HourCounts recent = registered.get(entityId);
    return recent == null ? others.get(entityId) : recent;
  }

  /** From now on these are the entities of registered devices; what is known of them stays. */
  synchronized void register(Set<String> entityIds) {
    roster = entityIds;
    registered.move(entityId -> !entityIds.contains(entityId), others);
    others.move(entityIds::contains, registered);
  }

  /**
   * What is known of these entities of registered devices. One that is new here begins now, and is
   * kept if there is room.
   */
  synchronized Map<String, HourCounts> of(Collection<String> entityIds) {
    Map<String, HourCounts> found = new LinkedHashMap<>();
    for (String entityId : entityIds) {
      HourCounts recent = registered.get(entityId);
      found.put(entityId, recent == null ? registered(entityId) : recent);
    }
    return found;
  }

  @GuardedBy("this")
  private HourCounts registered(String entityId) {
    HourCounts known = others.get(entityId); // where it is if it was registered a moment ago
    HourCounts recent = known == null ? new HourCounts(until + 1) : known;
    if (registered.size() < MAX_REGISTERED && entityId.length() <= MAX_ID) {
      others.remove(entityId);
      registered.put(entityId, recent);
    }
    return recent;
  }

  synchronized int registered() {
    return registered.size();
  }

  synchronized int unregistered() {
    return others.size();
  }

  /** A limited number of entities, of which the one that nobody asked for longest goes first. */
  private static final class Remembered extends LinkedHashMap<String, HourCounts> {
    private static final long serialVersionUID = 1L;

    private final int most;

    Remembered(int most) {
      super(1_024, 0.75f, true);
      this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, HourCounts> eldest) {
      return size() > most;
    }

    void move(Predicate<String> those, Remembered to) {
      entrySet()
          .removeIf(
              entry -> {
                boolean moves = those.test(entry.getKey());
                if (moves) {
                  to.put(entry.getKey(), entry.getValue());
                }
                return moves;
              });
    }
  }
}
