package org.fleetcast.rotation;

import static org.fleetcast.metrics.Described.metric;

import jakarta.annotation.Priority;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.PersistenceException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.fleetcast.devices.RotationState;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;

/**
 * How many devices are in each state of the rotation, for the metrics. Counted twice a minute and
 * after each cycle, so that whoever asks for metrics costs the database nothing.
 */
@Singleton
class FleetStates {
  private static final Logger LOG = System.getLogger(FleetStates.class.getName());
  private static final long SECONDS = 30;

  private final RotationQueries queries;
  private final Duration limit;
  private volatile Map<String, Integer> counts = Map.of();
  private volatile double unrestored = Double.NaN;

  @Inject
  FleetStates(RotationQueries queries, Rotation rotation) {
    this.queries = queries;
    this.limit = rotation.limit();
  }

  void start(
      @Observes @Priority(3000) Startup startup,
      ManagedScheduledExecutorService scheduler,
      MetricRegistry metrics,
      InternalFaults faults) {
    for (RotationState state : RotationState.values()) {
      metrics.gauge(
          metric(
              "fleetcast_rotation_devices",
              "Devices in each state of the rotation, active or not; NaN while it is not known"),
          () -> shown(state),
          new Tag("state", state.name().toLowerCase(Locale.ROOT)));
    }
    metrics.gauge(
        metric(
            "fleetcast_rotation_unrestored_secrets",
            "Devices whose old secret is yet to be written back; NaN while it is not known"),
        () -> unrestored);
    scheduler.scheduleWithFixedDelay(
        () -> faults.guard("fleet states", this::count), 0, SECONDS, TimeUnit.SECONDS);
  }

  private double shown(RotationState state) {
    Integer devices = counts.get(state.name());
    return devices == null ? Double.NaN : devices;
  }

  void count() {
    try {
      counts = queries.status(Instant.now()).countsByState();
      unrestored = queries.unrestored(limit);
    } catch (PersistenceException | IllegalStateException | Problem away) {
      counts = Map.of();
      unrestored = Double.NaN;
      LOG.log(Level.DEBUG, "The database cannot be asked for the states of devices", away);
    }
  }
}
