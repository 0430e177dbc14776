package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceConfigTest {
  @Test
  void reads_what_the_registry_shows_and_keeps_the_text_to_the_letter() {
    String text =
        " {\"deviceName\":\"Kitchen\", \"deviceEntityId\":\"sensor.k\",\"enableOTA\":false}\n";
    DeviceConfig config = DeviceConfig.read(text);
    assertThat(config.text()).isEqualTo(text);
    assertThat(config.deviceName()).isEqualTo("Kitchen");
    assertThat(config.deviceEntityId()).isEqualTo("sensor.k");
    assertThat(config.enableOta()).isFalse();
  }

  @Test
  void what_is_absent_or_null_is_null() {
    DeviceConfig config = DeviceConfig.read("{\"deviceName\":null}");
    assertThat(config.deviceName()).isNull();
    assertThat(config.deviceEntityId()).isNull();
    assertThat(config.enableOta()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | is not valid JSON: it is empty",
        "{ | is not valid JSON at line 1 column",
        "{} {} | is not valid JSON at line 1 column 4",
        "[] | must be the text of a JSON object",
        "null | must be the text of a JSON object",
        "{\"deviceName\":5} | deviceName must be a string",
        "{\"deviceEntityId\":{}} | deviceEntityId must be a string",
        "{\"enableOTA\":\"yes\"} | enableOTA must be true or false",
        "{\"deviceName\":\"\\u0000\"} | has a character that cannot be stored",
        "{\"deviceName\":\"\\ud800\"} | has a character that cannot be stored",
        "{\"a\":[{\"b\":1e400000000}]} | has a number with an exponent beyond 1000",
        "{\"a\":1e99999999999} | has a number that cannot be read",
      })
  void what_is_no_config_is_refused_on_the_field_config(String text, String message) {
    assertThatThrownBy(() -> DeviceConfig.read(text))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.code()).isEqualTo(ProblemCode.VALIDATION_FAILED);
              assertThat(problem.sentence()).startsWith("config: " + message);
            });
  }

  @Test
  void a_syntax_error_is_told_with_its_place() {
    assertThatThrownBy(() -> DeviceConfig.read("{\n\"a\":,}"))
        .hasMessage("config: is not valid JSON at line 2 column 5");
  }

  @Test
  void nesting_without_end_is_refused_and_not_a_bug() {
    assertThatThrownBy(() -> DeviceConfig.read("[".repeat(100_000))).isInstanceOf(Problem.class);
  }
}
