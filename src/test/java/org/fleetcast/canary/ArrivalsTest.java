package org.fleetcast.canary;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.fleetcast.time.ManualClock;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<String> told = new ArrayList<>();
  private final ManualClock clock = new ManualClock();
  private final Arrivals arrivals = new Arrivals(PATIENCE, new Words());

  private final class Words implements Arrivals.Told {
    @Override
    public void arrived(Duration after) {
      told.add("after " + after.toSeconds());
    }

    @Override
    public void lost() {
      told.add("lost");
    }

    @Override
    public void late() {
      told.add("late");
    }

    @Override
    public void doubled() {
      told.add("double");
    }
  }

  private void sent(long number) {
    arrivals.sent(number, clock.instant());
  }

  private void seen(long number, String id) {
    arrivals.seen(number, id, clock.instant());
  }

  private void passes(int seconds) {
    clock.passes(Duration.ofSeconds(seconds));
    arrivals.judge(clock.instant());
  }

  @Test
  void a_line_that_arrives_is_told_once_with_the_time_that_it_took() {
    sent(1);
    passes(2);
    seen(1, "a");
    seen(1, "a");
    passes(40);
    assertThat(told).containsExactly("after 2");
  }

  @Test
  void a_line_is_lost_when_the_patience_is_over_and_not_before() {
    sent(1);
    passes(29);
    assertThat(told).isEmpty();
    passes(1);
    passes(1);
    assertThat(told).containsExactly("lost");
    assertThat(arrivals.missing()).containsExactly(1L);
  }

  @Test
  void a_lost_line_that_comes_is_late_and_missing_no_more() {
    sent(1);
    passes(30);
    passes(100);
    seen(1, "a");
    assertThat(told).containsExactly("lost", "after 130", "late");
    assertThat(arrivals.missing()).isEmpty();
  }

  @Test
  void the_same_number_under_another_id_is_a_double() {
    sent(1);
    seen(1, "a");
    seen(1, "b");
    assertThat(told).containsExactly("after 0", "double");
  }

  @Test
  void a_line_that_is_not_there_is_looked_for_and_one_that_is_only_once_more() {
    sent(1);
    sent(2);
    seen(1, "a");
    assertThat(arrivals.awaited(clock.instant())).containsExactly(2L);
    clock.passes(PATIENCE);
    assertThat(arrivals.awaited(clock.instant())).containsExactly(1L, 2L);
    arrivals.judge(clock.instant());
    assertThat(arrivals.awaited(clock.instant())).isEmpty();
  }

  @Test
  void an_hour_later_a_line_is_forgotten() {
    sent(1);
    passes(30);
    passes(3_600);
    assertThat(arrivals.missing()).isEmpty();
    seen(1, "a");
    seen(7, "of somebody else");
    assertThat(told).containsExactly("lost");
  }
}
