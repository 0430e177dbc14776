package org.fleetcast.activity;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Startup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.fleetcast.Stub;
import org.fleetcast.devices.DeviceChanged;
import org.fleetcast.devices.DeviceEntity;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.sink.EntityLine;
import org.fleetcast.sink.StoredLine;
import org.fleetcast.time.ManualClock;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RegisteredEntitiesTest {
  private final Activity activity = new Activity(0);
  private final List<DeviceEntity> devices = new ArrayList<>();
  private final List<Runnable> schedule = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private final ManualClock clock = new ManualClock();
  private @Nullable RuntimeException failure;
  private int readings;

  private final RegisteredEntities roster =
      new RegisteredEntities(
          this::read,
          activity,
          Stub.of(
              ManagedScheduledExecutorService.class,
              Map.of("scheduleWithFixedDelay", a -> schedule.add((Runnable) a[0]) ? null : null)),
          new InternalFaults(faults::add, SteadyClock.INSTANCE),
          clock);

  private List<DeviceEntity> read() {
    readings++;
    if (failure != null) {
      throw failure;
    }
    return List.copyOf(devices);
  }

  private void aSecondPasses() {
    clock.passes(Duration.ofSeconds(1));
    schedule.forEach(Runnable::run);
  }

  @Test
  void the_fleet_is_known_from_the_start() {
    devices.add(new DeviceEntity(1, "a"));
    devices.add(new DeviceEntity(2, null));
    devices.add(new DeviceEntity(3, "a")); // devices may share an entity
    roster.atStart(new Startup());
    isSafe("a");
  }

  @Test
  void a_device_made_or_changed_here_is_known_a_second_later() {
    roster.atStart(new Startup());
    devices.add(new DeviceEntity(1, "a"));
    roster.changed(new DeviceChanged(1, null, "a", false));
    aSecondPasses();
    isSafe("a");
    assertThat(readings).isEqualTo(2);
    roster.changed(new DeviceChanged(1, "a", "a", false));
    aSecondPasses();
    assertThat(readings).as("no change of the entity").isEqualTo(2);
  }

  @Test
  void a_device_made_by_another_replica_is_known_within_a_minute() {
    roster.atStart(new Startup());
    devices.add(new DeviceEntity(1, "a"));
    IntStream.range(0, 60).forEach(second -> aSecondPasses());
    isSafe("a");
    assertThat(readings).isEqualTo(2);
  }

  @Test
  void what_cannot_be_read_is_read_a_second_later_and_what_was_known_stays() {
    devices.add(new DeviceEntity(1, "a"));
    roster.atStart(new Startup());
    devices.add(new DeviceEntity(2, "b"));
    failure = Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "injected");
    roster.changed(new DeviceChanged(2, null, "b", false));
    aSecondPasses();
    isSafe("a");
    failure = new IllegalStateException("injected");
    aSecondPasses();
    assertThat(faults).containsExactly("roster");
    failure = null;
    aSecondPasses();
    isSafe("b");
  }

  private void isSafe(String entityId) {
    activity.record(List.of(seen(entityId)));
    activity.record(
        IntStream.range(0, 2 * Activity.MAX_OTHERS).mapToObj(i -> seen("x" + i)).toList());
    assertThat(activity.registered()).isPositive();
    HourCounts recent = activity.of(List.of(entityId)).values().iterator().next();
    assertThat(recent.at(0).last()).isNotNull();
  }

  private static EntityLine seen(String entityId) {
    return new EntityLine(entityId, new StoredLine(1, "1", "m", null));
  }
}
