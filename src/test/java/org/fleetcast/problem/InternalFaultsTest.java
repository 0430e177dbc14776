package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.fleetcast.time.SteadyClock;
import org.junit.jupiter.api.Test;

class InternalFaultsTest {
  private final List<String> counted = new ArrayList<>();
  private final InternalFaults faults = new InternalFaults(counted::add, SteadyClock.INSTANCE);

  @Test
  void what_is_thrown_is_counted_and_goes_no_further() {
    faults.guard(
        "loop",
        () -> {
          throw new StackOverflowError("injected");
        });
    faults.guard("loop", () -> counted.add("the next item"));
    assertThat(counted).containsExactly("loop", "the next item");
    assertThat(faults.whatEnded()).isNull();
  }

  @Test
  void a_metric_that_throws_does_no_harm() {
    InternalFaults broken =
        new InternalFaults(
            where -> {
              throw new IllegalStateException("no metric");
            },
            SteadyClock.INSTANCE);
    broken.survived("loop", new IllegalStateException("injected"));
    assertThat(broken.whatEnded()).isNull();
  }

  @Test
  void what_has_ended_stays_said() {
    faults.ended("The archive has ended");
    faults.ended("Another thing");
    assertThat(faults.whatEnded()).isEqualTo("The archive has ended");
  }
}
