package org.fleetcast.activity;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Startup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.fleetcast.Stub;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.sink.EntityLine;
import org.fleetcast.sink.StoredLine;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

class RegisteredEntitiesTest {
  private final Activity activity = new Activity(0, "canary");
  private final List<Runnable> schedule = new ArrayList<>();
  private Set<String> fleet = Set.of("a");

  private final RegisteredEntities roster =
      new RegisteredEntities(
          () -> fleet, activity, new InternalFaults(where -> {}, SteadyClock.INSTANCE));

  private void start() {
    roster.atStart(
        new Startup(),
        Stub.of(
            ManagedScheduledExecutorService.class,
            Map.of("scheduleWithFixedDelay", a -> schedule.add((Runnable) a[0]) ? null : null)));
  }

  @Test
  void the_fleet_is_known_from_the_start() {
    start();
    assertThat(isSafe("a")).isTrue();
    assertThat(isSafe("b")).isFalse();
  }

  @Test
  void a_change_of_the_fleet_is_known_a_second_later() {
    start();
    fleet = Set.of("b");
    schedule.forEach(Runnable::run);
    assertThat(isSafe("b")).isTrue();
    assertThat(isSafe("a")).isFalse();
  }

  /** Whether it is not forgotten for others, however many there are. */
  private boolean isSafe(String entityId) {
    activity.record(List.of(seen(entityId)));
    activity.record(
        IntStream.range(0, 2 * Activity.MAX_OTHERS).mapToObj(i -> seen("x" + i)).toList());
    HourCounts recent = activity.of(List.of(entityId)).values().iterator().next();
    return recent.at(0).last() != null;
  }

  private static EntityLine seen(String entityId) {
    return new EntityLine(entityId, new StoredLine(1, "1", "m", null));
  }
}
