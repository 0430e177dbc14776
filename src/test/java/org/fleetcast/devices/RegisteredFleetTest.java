package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Startup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.ManualClock;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RegisteredFleetTest {
  private final List<FleetMember> devices = new ArrayList<>();
  private final List<Runnable> schedule = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private final ManualClock clock = new ManualClock();
  private @Nullable RuntimeException failure;
  private Runnable meanwhile = () -> {};
  private int readings;

  private final RegisteredFleet fleet =
      new RegisteredFleet(this::read, new InternalFaults(faults::add, SteadyClock.INSTANCE), clock);

  private List<FleetMember> read() {
    readings++;
    if (failure != null) {
      throw failure;
    }
    List<FleetMember> found = List.copyOf(devices);
    meanwhile.run();
    return found;
  }

  private void start() {
    fleet.atStart(
        new Startup(),
        Stub.of(
            ManagedScheduledExecutorService.class,
            Map.of("scheduleWithFixedDelay", a -> schedule.add((Runnable) a[0]) ? null : null)));
  }

  private void aSecondPasses() {
    clock.passes(Duration.ofSeconds(1));
    schedule.forEach(Runnable::run);
  }

  @Test
  void an_entity_is_of_the_models_of_all_devices_that_log_as_it() {
    devices.add(new FleetMember(1, 10, "shared"));
    devices.add(new FleetMember(2, 20, "shared"));
    devices.add(new FleetMember(3, 20, "own"));
    devices.add(new FleetMember(4, 30, null));
    devices.add(new FleetMember(5, 30, ""));
    start();
    assertThat(fleet.modelsOf("shared")).containsExactlyInAnyOrder(10, 20);
    assertThat(fleet.modelsOf("own")).containsExactly(20);
    assertThat(fleet.modelsOf("strange")).isEmpty();
    assertThat(fleet.entities()).containsExactlyInAnyOrder("shared", "own");
  }

  @Test
  void a_change_made_here_is_known_at_once() {
    devices.add(new FleetMember(1, 10, "a"));
    devices.add(new FleetMember(2, 20, "a"));
    start();
    fleet.changed(new DeviceChanged(3, 30, null, "a", false));
    assertThat(fleet.modelsOf("a")).containsExactlyInAnyOrder(10, 20, 30);
    fleet.changed(new DeviceChanged(1, 10, "a", "b", false));
    assertThat(fleet.modelsOf("a")).containsExactlyInAnyOrder(20, 30);
    assertThat(fleet.modelsOf("b")).containsExactly(10);
    fleet.changed(new DeviceChanged(1, 10, "b", null, true));
    assertThat(fleet.modelsOf("b")).isEmpty();
    assertThat(fleet.entities()).containsExactly("a");
    assertThat(readings).isEqualTo(1);
  }

  @Test
  void a_change_made_by_another_replica_is_known_within_a_minute() {
    devices.add(new FleetMember(1, 10, "a"));
    start();
    devices.set(0, new FleetMember(1, 10, "b"));
    for (int second = 0; second < 60; second++) {
      aSecondPasses();
    }
    assertThat(fleet.entities()).containsExactly("b");
    assertThat(fleet.modelsOf("a")).isEmpty();
    assertThat(readings).isEqualTo(2);
  }

  @Test
  void a_reading_that_a_change_overtook_takes_nothing_back_and_is_made_again() {
    start();
    devices.add(new FleetMember(2, 20, "b"));
    clock.passes(Duration.ofMinutes(1));
    meanwhile = () -> fleet.changed(new DeviceChanged(1, 10, null, "a", false));
    aSecondPasses();
    assertThat(fleet.entities()).containsExactly("a");
    meanwhile = () -> {};
    devices.add(new FleetMember(1, 10, "a"));
    aSecondPasses();
    assertThat(fleet.entities()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void what_cannot_be_read_is_read_a_second_later_and_what_was_known_stays() {
    devices.add(new FleetMember(1, 10, "a"));
    start();
    devices.add(new FleetMember(2, 20, "b"));
    clock.passes(Duration.ofMinutes(1));
    failure = Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "injected");
    aSecondPasses();
    assertThat(fleet.entities()).containsExactly("a");
    assertThat(faults).isEmpty();
    failure = new IllegalStateException("injected");
    aSecondPasses();
    assertThat(faults).containsExactly("fleet");
    failure = null;
    aSecondPasses();
    assertThat(fleet.entities()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void the_set_of_entities_is_the_same_as_long_as_nothing_changes() {
    devices.add(new FleetMember(1, 10, "a"));
    start();
    Set<String> known = fleet.entities();
    aSecondPasses();
    assertThat(fleet.entities()).isSameAs(known);
  }
}
