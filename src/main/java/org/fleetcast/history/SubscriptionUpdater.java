package org.fleetcast.history;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.fleetcast.devices.DeviceChanged;
import org.fleetcast.devices.DeviceChangedElsewhere;
import org.fleetcast.devices.Devices;
import org.fleetcast.live.Sessions;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/**
 * Lets subscriptions follow their device: to its new entity id, or to their end. Who subscribes has
 * read the entity id before it can be found here, so it asks afterwards whether anything changed.
 */
@Singleton
class SubscriptionUpdater {
  private static final Logger LOG = System.getLogger(SubscriptionUpdater.class.getName());

  /** How long a database that is away is left alone. */
  private static final Duration AGAIN_AFTER = Duration.ofSeconds(5);

  private final IntFunction<Optional<String>> entityIds;
  private final Supplier<Set<Integer>> followed;
  private final Moves moves;
  private final Executor executor;
  private final Executor later;
  private final AtomicLong changes = new AtomicLong();

  /** Where subscriptions are moved. */
  interface Moves {
    void moved(int deviceId, @Nullable String entityId);
  }

  @Inject
  public SubscriptionUpdater(
      Devices devices,
      Sessions sessions,
      ManagedExecutorService executor,
      ManagedScheduledExecutorService scheduler) {
    this(
        id -> devices.get(id).entityId(),
        () -> followed(sessions),
        sessions::moved,
        executor,
        task -> {
          Future<?> unused =
              scheduler.schedule(task, AGAIN_AFTER.toMillis(), TimeUnit.MILLISECONDS);
        });
  }

  SubscriptionUpdater(
      IntFunction<Optional<String>> entityIds, Moves moves, Executor executor, Executor later) {
    this(entityIds, Set::of, moves, executor, later);
  }

  /**
   * @param followed the devices that anybody follows
   * @param later runs what could not be done now
   */
  private SubscriptionUpdater(
      IntFunction<Optional<String>> entityIds,
      Supplier<Set<Integer>> followed,
      Moves moves,
      Executor executor,
      Executor later) {
    this.entityIds = entityIds;
    this.followed = followed;
    this.moves = moves;
    this.executor = executor;
    this.later = later;
  }

  private static Set<Integer> followed(Sessions sessions) {
    return sessions.all().stream()
        .flatMap(session -> session.subscriptions().keySet().stream())
        .collect(Collectors.toSet());
  }

  /** What a session brings along was followed by another replica, until when nobody knows. */
  void start(@Observes Startup event, Sessions sessions) {
    sessions.whenAdopted(deviceId -> executor.execute(() -> look(deviceId)));
  }

  void changed(@Observes(during = TransactionPhase.AFTER_SUCCESS) DeviceChanged event) {
    if (!Objects.equals(event.entityIdBefore(), event.entityIdNow())) {
      changes.incrementAndGet();
      // After the completion of a transaction is no place to work: it only hands over.
      executor.execute(() -> move(event.deviceId(), event));
    }
  }

  void changedElsewhere(@Observes DeviceChangedElsewhere event) {
    DeviceChanged change = event.change();
    if (change != null) {
      changed(change);
    } else {
      changes.incrementAndGet();
      followed.get().forEach(deviceId -> executor.execute(() -> look(deviceId)));
    }
  }

  /** How many entity ids were changed until now. */
  long changes() {
    return changes.get();
  }

  /**
   * To be called when a device was subscribed to, and its stream can be found.
   *
   * @param seen the changes before its entity id was read
   */
  void subscribed(int deviceId, long seen) {
    if (changes.get() != seen) {
      executor.execute(() -> look(deviceId));
    }
  }

  private void look(int deviceId) {
    try {
      move(deviceId, null);
    } catch (Problem away) {
      later.execute(() -> lookAgain(deviceId));
    }
  }

  private void lookAgain(int deviceId) {
    try {
      move(deviceId, null);
    } catch (Problem away) {
      LOG.log(
          Level.WARNING, "A subscription may follow an earlier entity id device_id=" + deviceId);
    }
  }

  /** To what the device is now: of two changes, the first may be handed over last. */
  private synchronized void move(int deviceId, @Nullable DeviceChanged event) {
    moves.moved(deviceId, entityIdNow(deviceId, event));
  }

  private @Nullable String entityIdNow(int deviceId, @Nullable DeviceChanged event) {
    try {
      return entityIds.apply(deviceId).orElse(null);
    } catch (Problem refused) {
      if (refused.code() == ProblemCode.RECORD_NOT_FOUND) {
        return null;
      }
      if (event == null) {
        throw refused;
      }
      return event.entityIdNow(); // the database is away: the change is all that is known
    }
  }
}
