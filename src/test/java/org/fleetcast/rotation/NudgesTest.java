package org.fleetcast.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Startup;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.transaction.UserTransaction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.devices.Transactions;
import org.fleetcast.live.EarlierLines;
import org.fleetcast.live.LiveMetrics;
import org.fleetcast.live.Sessions;
import org.fleetcast.live.StreamLimits;
import org.fleetcast.live.ViewerMemory;
import org.fleetcast.problem.DatabaseOutage;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NudgesTest {
  private final List<String> counted = new ArrayList<>();
  private final InternalFaults faults = new InternalFaults(counted::add, SteadyClock.INSTANCE);
  private final List<Runnable> schedule = new ArrayList<>();
  private final Queue<Runnable> once = new ArrayDeque<>();
  private int nudged;
  private long changes;
  private @Nullable Throwable failure;
  private boolean stopping;

  private final Nudges nudges = nudges();

  @SuppressWarnings("unchecked")
  private Nudges nudges() {
    MetricRegistry metrics =
        Stub.of(
            MetricRegistry.class,
            Map.of(
                "counter",
                a -> Stub.of(Counter.class, Map.of("inc", none -> nudged++ < 0 ? null : null))));
    return new Nudges(
        new Sessions(
            new StreamLimits("named", "15", "60", "60", "10", "10", "10"),
            new LiveMetrics(Stub.of(MetricRegistry.class)),
            new ViewerMemory(),
            entity -> Set.of(),
            Stub.of(EarlierLines.class),
            faults),
        Stub.of(EntityManager.class, Map.of("createNativeQuery", a -> count())),
        new Transactions(
            Stub.of(UserTransaction.class), new DatabaseOutage()), // always one that is active
        Stub.of(Event.class),
        Stub.of(
            ManagedScheduledExecutorService.class,
            Map.of(
                "scheduleWithFixedDelay",
                a -> schedule.add((Runnable) a[0]) ? null : null,
                "schedule",
                a -> schedule((Runnable) a[0]))),
        metrics,
        faults);
  }

  private @Nullable Object schedule(Runnable task) {
    if (stopping) {
      throw new RejectedExecutionException("injected");
    }
    once.add(task);
    return null;
  }

  private Query count() throws Throwable {
    if (failure != null) {
      throw failure;
    }
    return Stub.of(
        Query.class,
        Map.of(
            "getSingleResult",
            a -> new Object[] {changes, RotationChanged.Source.values()[0].name()}));
  }

  private void aSecondPasses() {
    schedule.forEach(Runnable::run);
    for (Runnable task = once.poll(); task != null; task = once.poll()) {
      task.run();
    }
  }

  @Test
  void the_look_goes_on_after_an_error() {
    nudges.atStart(new Startup());
    failure = new StackOverflowError("injected");
    aSecondPasses();
    assertThat(counted).containsExactly("nudges");
    failure = null;
    changes++;
    aSecondPasses();
    assertThat(nudged).isEqualTo(1);
  }

  @Test
  void a_nudge_that_fails_is_made_up_for() {
    nudges.atStart(new Startup());
    changes++;
    schedule.forEach(Runnable::run);
    failure = new IllegalStateException("injected");
    once.remove().run();
    assertThat(nudged).isZero();
    failure = null;
    aSecondPasses();
    assertThat(nudged).isEqualTo(1);
  }

  @Test
  void a_nudge_that_could_not_be_scheduled_is_scheduled_later() {
    nudges.atStart(new Startup());
    changes++;
    stopping = true;
    aSecondPasses();
    stopping = false;
    aSecondPasses();
    assertThat(nudged).isEqualTo(1);
  }
}
