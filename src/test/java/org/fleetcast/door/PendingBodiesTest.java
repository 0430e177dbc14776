package org.fleetcast.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fleetcast.door.PendingBodies.Answer.ADMITTED;
import static org.fleetcast.door.PendingBodies.Answer.TOO_MUCH_IN_ALL;
import static org.fleetcast.door.PendingBodies.Answer.TOO_MUCH_OF_ONE;

import org.junit.jupiter.api.Test;

class PendingBodiesTest {
  private final PendingBodies waiting = new PendingBodies(5, 400);

  @Test
  void one_caller_has_only_his_share_of_the_places_and_another_is_admitted_beside_him() {
    assertThat(waiting.admit("greedy", 2)).isEqualTo(ADMITTED);
    assertThat(waiting.admit("greedy", 2)).isEqualTo(ADMITTED);
    assertThat(waiting.admit("greedy", 2)).isEqualTo(TOO_MUCH_OF_ONE);
    assertThat(waiting.admit("b", 2)).isEqualTo(ADMITTED);
    assertThat(waiting.admit("c", 2)).isEqualTo(ADMITTED);
    assertThat(waiting.admit("d", 2)).isEqualTo(ADMITTED);
    assertThat(waiting.admit("e", 2)).isEqualTo(TOO_MUCH_IN_ALL);
  }

  @Test
  void one_caller_holds_only_his_share_of_the_bytes() {
    waiting.admit("greedy", 2);
    assertThat(waiting.hold("greedy", 60)).isEqualTo(ADMITTED);
    assertThat(waiting.hold("greedy", 41)).isEqualTo(TOO_MUCH_OF_ONE);
    assertThat(waiting.hold("greedy", 40)).isEqualTo(ADMITTED);
    for (String caller : new String[] {"b", "c", "d"}) {
      waiting.admit(caller, 2);
      assertThat(waiting.hold(caller, 100)).isEqualTo(ADMITTED);
    }
    waiting.admit("e", 2);
    assertThat(waiting.hold("e", 1)).isEqualTo(TOO_MUCH_IN_ALL);
  }

  @Test
  void what_is_released_is_free_for_the_next() {
    waiting.admit("one", 2);
    waiting.admit("one", 2);
    waiting.hold("one", 100);
    waiting.leave("one");
    waiting.give("one", 100);
    assertThat(waiting.bodies()).isEqualTo(1);
    assertThat(waiting.admit("one", 2)).isEqualTo(ADMITTED);
    assertThat(waiting.hold("one", 100)).isEqualTo(ADMITTED);
    waiting.leave("one");
    waiting.leave("one");
    assertThat(waiting.bodies()).isZero();
    assertThat(waiting.hold("one", 1)).as("what has come of it is held").isEqualTo(TOO_MUCH_OF_ONE);
    waiting.give("one", 100);
    assertThat(waiting.hold("one", 1)).isEqualTo(ADMITTED);
  }
}
