package org.fleetcast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.fleetcast.cluster.LeaseSimulation.Planted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LeaseSimulationTest {
  private static final int STORIES = Integer.getInteger("fleetcast.lease.stories", 200);

  @Test
  void whatever_happens_to_replicas_clocks_and_packets_no_message_is_lost_doubled_or_late() {
    for (long seed = 0; seed < STORIES; seed++) {
      assertThat(new LeaseSimulation(seed, Planted.NOTHING).run()).as("seed " + seed).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOTHING")
  void a_planted_fault_is_found(Planted fault) {
    assertThat(
            LongStream.range(0, STORIES)
                .mapToObj(seed -> new LeaseSimulation(seed, fault).run())
                .anyMatch(violation -> violation != null))
        .isTrue();
  }
}
