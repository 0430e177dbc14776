package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProviderWatchTest {
  private final List<Boolean> told = new ArrayList<>();
  private boolean there;

  private final ProviderWatch.Look look =
      new ProviderWatch.Look(() -> there, () -> told.add(there));

  @Test
  void a_part_that_goes_away_and_comes_back_is_told_once_each_and_not_at_the_first_look() {
    assertThat(look.shown()).isNaN();
    for (boolean next : List.of(true, true, false, false, true)) {
      there = next;
      look.run();
      assertThat(look.shown()).isEqualTo(next ? 1 : 0);
    }
    assertThat(told).containsExactly(false, true);
  }
}
