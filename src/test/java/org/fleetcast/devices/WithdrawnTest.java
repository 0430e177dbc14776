package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.fleetcast.devices.Withdrawn.Period;
import org.junit.jupiter.api.Test;

class WithdrawnTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00.123456789Z");

  @Test
  void what_is_kept_is_read_again_to_the_microsecond() {
    Withdrawn all = Withdrawn.NOTHING;
    assertThat(kept(all)).isEqualTo(all);
    for (int turn = 0; turn < 3; turn++) {
      all = all.and(at(turn * 100), at(turn * 100 + 50));
      Withdrawn again = kept(all);
      assertThat(again.periods()).hasSize(turn + 1);
      assertThat(again.periods())
          .allMatch(period -> period.from().getNano() % 1_000 == 0)
          .allMatch(period -> period.until().getNano() % 1_000 == 0);
      assertThat(again.has(at(20))).isTrue();
      assertThat(again.has(at(70))).isFalse();
    }
  }

  @Test
  void one_that_began_in_another_service_goes_on_until_the_secret_is_restored() {
    Withdrawn taken = Withdrawn.NOTHING.and(at(0), at(0));
    assertThat(taken.and(at(100), at(200)).periods()).containsExactly(new Period(at(0), at(200)));
  }

  @Test
  void of_very_many_turns_the_earliest_become_one() {
    Withdrawn all = Withdrawn.NOTHING;
    for (int turn = 0; turn < 1_000; turn++) {
      all = all.and(at(turn * 100), at(turn * 100 + 50));
    }
    assertThat(all.periods()).hasSize(12);
    assertThat(all.before()).hasSizeLessThan(1_000);
    assertThat(all.has(at(20))).isTrue();
    assertThat(all.has(at(99_870))).as("between two of the last").isFalse();
    assertThat(all.has(at(99_920))).isTrue();
  }

  private static Withdrawn kept(Withdrawn all) {
    Period last = all.last().orElse(null);
    return Withdrawn.of(
        all.before(), last == null ? null : last.from(), last == null ? null : last.until());
  }

  private static Instant at(int seconds) {
    return NOW.plusSeconds(seconds);
  }
}
