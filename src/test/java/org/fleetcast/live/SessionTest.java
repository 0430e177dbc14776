package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.fleetcast.problem.Problem;
import org.junit.jupiter.api.Test;

class SessionTest {
  private final Followers followers = new Followers();
  private final Session session =
      new Session("somebody", "r1", followers, new AtomicInteger(), lines -> {});

  @Test
  void subscribing_twice_is_the_same_as_once() {
    session.subscribe(all(1, "a"), 10);
    session.subscribe(all(1, "a"), 10);
    assertThat(followers.subscriptions()).isEqualTo(1);
    assertThat(session.unsubscribe(1)).isTrue();
    assertThat(session.unsubscribe(1)).isFalse();
    assertThat(followers.of("a")).isEmpty();
  }

  @Test
  void two_devices_of_one_entity_keep_it_followed_until_the_last_goes() {
    session.subscribe(all(1, "a"), 10);
    session.subscribe(all(2, "a"), 10);
    session.unsubscribe(1);
    assertThat(followers.of("a")).hasSize(1);
    session.unsubscribe(2);
    assertThat(followers.of("a")).isEmpty();
  }

  @Test
  void a_device_with_another_entity_takes_its_subscription_along() {
    session.subscribe(all(1, "a"), 10);
    session.move(1, "b");
    session.move(2, "b");
    assertThat(session.subscriptions()).containsOnlyKeys(1).containsValue("b");
    session.move(1, null);
    assertThat(session.subscriptions()).isEmpty();
    assertThat(followers.subscriptions()).isZero();
  }

  @Test
  void more_devices_than_allowed_are_refused() {
    session.subscribe(all(1, "a"), 1);
    session.subscribe(all(1, "a"), 1);
    assertThatThrownBy(() -> session.subscribe(all(2, "b"), 1))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("at most 1");
  }

  @Test
  void the_end_takes_all_subscriptions_along() {
    session.subscribe(all(1, "a"), 10);
    session.subscribe(all(2, "b"), 10);
    session.end();
    assertThat(followers.subscriptions()).isZero();
    assertThat(session.isClosed()).isTrue();
    assertThatThrownBy(() -> session.subscribe(all(1, "a"), 10)).isInstanceOf(Problem.class);
  }

  @Property
  void the_count_of_subscriptions_is_exact_after_every_change(
      @ForAll @Size(max = 50) List<@IntRange(min = -5, max = 5) Integer> steps) {
    Followers all = new Followers();
    Session viewer = new Session("somebody", "r1", all, new AtomicInteger(), lines -> {});
    for (int step : steps) {
      if (step > 0) {
        viewer.subscribe(all(step, "e" + step / 2), 100);
      } else {
        viewer.unsubscribe(-step);
      }
      assertThat(all.subscriptions()).isEqualTo(viewer.subscriptions().size());
      assertThat(List.of("e0", "e1", "e2"))
          .allMatch(e -> all.of(e).isEmpty() != viewer.subscriptions().containsValue(e));
    }
  }

  private static Subscription all(int deviceId, String entityId) {
    return new Subscription(deviceId, entityId, Filter.NONE, 0);
  }
}
