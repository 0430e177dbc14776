package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.fleetcast.devices.DeviceEntity;
import org.junit.jupiter.api.Test;

class EntitiesTest {
  private final Entities fleet =
      Entities.of(
          List.of(
              new DeviceEntity(1, "shared"),
              new DeviceEntity(2, "own"),
              new DeviceEntity(3, "shared"),
              new DeviceEntity(4, ""),
              new DeviceEntity(5, null)));

  @Test
  void an_entity_is_there_once_and_names_its_device_where_that_is_one() {
    assertThat(fleet.ids()).containsExactlyInAnyOrder("shared", "own");
    assertThat(fleet.device("own")).isEqualTo(2);
    assertThat(fleet.device("shared")).isNull();
    assertThat(fleet.device("strange")).isNull();
  }

  @Test
  void a_line_of_another_entity_is_none_of_theirs() {
    assertThat(fleet.owner("own")).isEqualTo("own");
    assertThat(fleet.owner("OWN")).isNull();
    assertThat(fleet.owner(null)).isNull();
  }

  @Test
  void what_is_found_for_one_entity_is_its_own_in_whatever_case() {
    assertThat(Entities.one("own").owner("OWN")).isEqualTo("own");
    assertThat(Entities.one("own").owner(null)).isEqualTo("own");
    assertThat(Entities.one("own").owner("own-2")).isNull();
    assertThat(Entities.one("own").contains("OWN")).isFalse();
  }
}
