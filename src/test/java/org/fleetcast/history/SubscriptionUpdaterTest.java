package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.fleetcast.devices.DeviceChanged;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.Test;

class SubscriptionUpdaterTest {
  private static final int DEVICE = 1;

  private final Queue<Runnable> handedOver = new ArrayDeque<>();
  private final Queue<Runnable> later = new ArrayDeque<>();
  private final List<String> moves = new ArrayList<>();
  private String entityId = "a";
  private boolean away;
  private final SubscriptionUpdater movers =
      new SubscriptionUpdater(
          id -> entityIdOf(), (id, to) -> moves.add(id + " to " + to), handedOver::add, later::add);

  private Optional<String> entityIdOf() {
    if (entityId.equals("deleted")) {
      throw Problem.notFound("Device");
    }
    if (away) {
      throw Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "The database is away");
    }
    return Optional.of(entityId).filter(id -> !id.isEmpty());
  }

  /** The change finds no subscription yet, which is made with what was read before. */
  private void changeBetweenReadAndSubscribe(String to) {
    long seen = movers.changes();
    movers.changed(new DeviceChanged(DEVICE, 1, entityId, to, to.equals("deleted")));
    entityId = to;
    handedOver.remove().run();
    moves.clear();
    movers.subscribed(DEVICE, seen);
    handedOver.forEach(Runnable::run);
  }

  @Test
  void a_change_between_reading_and_subscribing_moves_the_subscription() {
    changeBetweenReadAndSubscribe("b");
    assertThat(moves).containsExactly("1 to b");
  }

  @Test
  void a_device_deleted_between_reading_and_subscribing_ends_the_subscription() {
    changeBetweenReadAndSubscribe("deleted");
    assertThat(moves).containsExactly("1 to null");
  }

  @Test
  void a_subscription_is_moved_when_the_database_is_there_again() {
    away = true;
    changeBetweenReadAndSubscribe("b");
    assertThat(moves).isEmpty();
    away = false;
    later.remove().run();
    assertThat(moves).containsExactly("1 to b");
    assertThat(later).isEmpty();
  }

  @Test
  void without_a_change_nothing_is_read_again() {
    movers.changed(new DeviceChanged(DEVICE, 1, "a", "a", false));
    movers.subscribed(DEVICE, movers.changes());
    assertThat(handedOver).isEmpty();
  }
}
