package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.fleetcast.sink.LineJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceNamesTest {
  private static final String DEVICES =
      """
      {"devices":[
        {"id":1,"key":"aaaaaaaa","device_entity_id":"sensor.a","device_name":"Kitchen"},
        {"id":2,"key":"bbbbbbbb","device_entity_id":"sensor.b","device_name":"Kitchen"},
        {"id":3,"key":"cccccccc","device_entity_id":"sensor.b","device_name":"1"},
        {"id":4,"key":"dddddddd","device_entity_id":null,"device_name":null}]}
      """;

  private final DeviceNames devices = devices();

  private static DeviceNames devices() {
    try {
      return new DeviceNames(LineJson.MAPPER.readTree(DEVICES));
    } catch (JsonProcessingException impossible) {
      throw new AssertionError(impossible);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "cccccccc, 3", "sensor.a, 1", "4, 4"})
  void a_device_is_found_by_id_key_or_entity(String name, int id) throws Failure {
    assertThat(devices.find(name).path("id").asInt()).isEqualTo(id);
  }

  @ParameterizedTest
  @CsvSource({"sensor.b, 'bbbbbbbb, cccccccc'", "kitchen, 'aaaaaaaa, bbbbbbbb'"})
  void a_name_that_several_have_is_refused_with_their_keys(String name, String keys) {
    assertThatThrownBy(() -> devices.find(name))
        .isInstanceOf(Failure.class)
        .hasMessage("More than one device is called '%s', name one by its key: %s", name, keys);
  }

  @Test
  void a_name_that_none_has_is_refused() {
    assertThatThrownBy(() -> devices.find("null"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("No device has the id, key, entity id or name 'null'");
  }
}
