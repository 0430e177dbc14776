package org.fleetcast.canary;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CanaryLineTest {
  private final CanaryLine line = new CanaryLine("abc12");

  @Test
  void it_is_published_as_a_device_would_and_its_number_is_read_again() {
    assertThat(line.json("entity_id", "fleetcast-canary", 17))
        .isEqualTo(
            "{\"entity_id\":\"fleetcast-canary\",\"level\":\"D\",\"tag\":\"canary\","
                + "\"message\":\"canary abc12 line 17\"}");
    assertThat(line.number("canary abc12 line 17")).hasValue(17);
  }

  @Test
  void the_lines_of_another_one_are_not_its_own() {
    assertThat(line.number("canary abc13 line 17")).isEmpty();
    assertThat(line.number("canary abc12 line 17 ")).isEmpty();
    assertThat(line.number("canary abc12 line 9999999999999999999")).isEmpty();
  }
}
