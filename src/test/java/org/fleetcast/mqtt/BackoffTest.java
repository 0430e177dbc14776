package org.fleetcast.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BackoffTest {
  @Property
  void the_first_wait_is_half_a_second_to_a_second(@ForAll long seed) {
    assertThat(Backoff.delay(0, new Random(seed)))
        .isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
  }

  @Property
  void the_wait_grows_until_it_stays_below_thirty_seconds(
      @ForAll long seed, @ForAll @IntRange(min = 5) int failures) {
    assertThat(Backoff.delay(failures, new Random(seed)))
        .isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30));
  }
}
