package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fleetcast.problem.Problem;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSchemaTest {
  private static final String CHANNEL =
      "{\"properties\":{\"wifi\":{\"properties\":{\"channel\":{\"type\":\"integer\"}}}},"
          + "\"required\":[\"deviceName\"]}";

  @Test
  void a_config_that_satisfies_the_schema_passes() {
    assertThatCode(() -> check(CHANNEL, "{\"deviceName\":\"a\",\"wifi\":{\"channel\":6}}"))
        .doesNotThrowAnyException();
  }

  @Test
  void a_config_that_does_not_is_told_where_it_fails() {
    assertThatThrownBy(
            () -> check(CHANNEL, "{\"deviceName\":\"a\",\"wifi\":{\"channel\":\"six\"}}"))
        .isInstanceOf(Problem.class)
        .hasMessage("config: at /wifi/channel: string found, integer expected");
    assertThatThrownBy(() -> check(CHANNEL, "{}"))
        .hasMessage("config: at /: required property 'deviceName' not found");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://json-schema.org/draft-04/schema#",
        "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-07/schema#",
        "http://json-schema.org/draft-07/schema",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema"
      })
  void every_common_draft_is_understood(String draft) {
    String schema = "{\"$schema\":\"" + draft + "\",\"required\":[\"a\"]}";
    assertThatThrownBy(() -> check(schema, "{}")).hasMessageContaining("'a' not found");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a+)+$",
        "^(a|aa)*b",
        "(.*)(.*)(.*)(.*)(.*)(.*)x",
        "^((a{0,30}){0,30})$",
        "^(([a-z])+.)+[A-Z]([a-z])+$"
      })
  void no_pattern_makes_a_text_burn_the_processor(String pattern) {
    String schema =
        "{\"properties\":{\"a\":{\"pattern\":\"%1$s\"}},\"patternProperties\":{\"%1$s\":{}}}"
            .formatted(pattern);
    String config = "{\"a\":\"%1$s!\",\"%1$s!\":1}".formatted("a".repeat(20_000));
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> assertThatThrownBy(() -> check(schema, config)).isInstanceOf(Problem.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"^[A-Za-z][\\\\w-]{0,31}$", "^\\\\u0041b\\\\u005c?$", "\\\\p{L}b", "b$"})
  void the_patterns_that_people_write_are_understood(String pattern) {
    String schema = "{\"properties\":{\"a\":{\"pattern\":\"" + pattern + "\"}}}";
    assertThatCode(() -> check(schema, "{\"a\":\"Ab\"}")).doesNotThrowAnyException();
    assertThatThrownBy(() -> check(schema, "{\"a\":\"1\"}"))
        .hasMessageStartingWith("config: at /a: does not match the regex pattern");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?=a)",
        "(?!a)b",
        "(a)\\\\1",
        "(((a{1000}){1000}){1000})",
        "((([ab]{1000}){100}){10})"
      })
  void a_pattern_that_cannot_be_held_to_a_time_is_refused_with_its_schema(String pattern) {
    assertThatThrownBy(
            () -> ConfigSchema.read("{\"properties\":{\"a\":{\"pattern\":\"" + pattern + "\"}}}"))
        .isInstanceOf(Problem.class)
        .hasMessageStartingWith("config_schema: is not a usable JSON Schema: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "\"string\"",
        "{\"type\":12}",
        "{\"type\":\"nothing\"}",
        "{\"properties\":[]}",
        "{\"pattern\":\"(\"}",
        "{\"properties\":{\"a\":{\"pattern\":\"(\"}}}",
        "{\"$schema\":\"http://example.org/mine\"}",
        "{\"$schema\":5}",
        "{\"$ref\":\"#\"}",
        "{\"$ref\":\"#/nowhere\"}",
        "{\"properties\":{\"a\":{\"$ref\":\"#/nowhere\"}}}",
        "{\"$ref\":\"classpath:META-INF/persistence.xml\"}",
        "{\"$ref\":\"file:///etc/hostname\"}"
      })
  void what_is_no_usable_schema_is_refused_on_its_field(String schema) {
    assertThatThrownBy(() -> ConfigSchema.read(schema))
        .isInstanceOf(Problem.class)
        .hasMessageMatching("(?s)config_schema: .*|The request has \\d+ invalid fields");
  }

  @Test
  void a_reference_within_the_schema_is_followed() {
    String schema =
        "{\"$defs\":{\"n\":{\"type\":\"integer\"}},"
            + "\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\"}}}";
    assertThatThrownBy(() -> check(schema, "{\"a\":\"b\"}")).hasMessageContaining("at /a:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"$ref", "$dynamicRef"})
  void references_that_double_at_each_step_are_refused_before_they_take_a_processor(
      String keyword) {
    String all = "{\"allOf\":[{\"%1$s\":\"#/$defs/d%2$d\"},{\"%1$s\":\"#/$defs/d%2$d\"}]}";
    String definitions =
        IntStream.range(0, 40)
            .mapToObj(step -> "\"d" + step + "\":" + all.formatted(keyword, step + 1))
            .collect(Collectors.joining(","));
    String schema = "{\"$defs\":{" + definitions + ",\"d40\":{}},\"%s\":\"#/$defs/d0\"}";
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () ->
            assertThatThrownBy(() -> ConfigSchema.read(schema.formatted(keyword)))
                .isInstanceOf(Problem.class)
                .hasMessage(
                    "config_schema: is not a usable JSON Schema: its references lead to too many"
                        + " copies of its definitions"));
  }

  @Test
  void a_recursion_that_doubles_with_each_level_of_a_config_is_refused() {
    String twice = "{\"allOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}";
    String schema = "{\"properties\":{\"a\":" + twice + "}}";
    String config = "{\"a\":".repeat(40) + "1" + "}".repeat(40);
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () ->
            assertThatThrownBy(() -> check(schema, config))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith("config: cannot be held against its model's schema: it"));
  }

  @Test
  void a_config_that_a_large_schema_is_held_against_again_and_again_is_refused() {
    String schema = "{\"items\":{\"allOf\":[" + "{},".repeat(1_000) + "{}]}}";
    String config = "[" + "1,".repeat(100_000) + "1]";
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () ->
            assertThatThrownBy(
                    () ->
                        check("{\"properties\":{\"a\":" + schema + "}}", "{\"a\":" + config + "}"))
                .hasMessageEndingWith("it takes too long on this value"));
  }

  @Test
  void a_large_schema_and_a_large_config_that_people_write_pass() {
    String sensor =
        IntStream.range(0, 20)
            .mapToObj(field -> "\"f" + field + "\":{\"$ref\":\"#/$defs/number\"}")
            .collect(Collectors.joining(","));
    String sensors =
        IntStream.range(0, 200)
            .mapToObj(number -> "\"s" + number + "\":{\"$ref\":\"#/$defs/sensor\"}")
            .collect(Collectors.joining(","));
    String schema =
        "{\"$defs\":{\"number\":{\"type\":\"number\"},\"sensor\":{\"properties\":{"
            + sensor
            + "}}},\"properties\":{"
            + sensors
            + ",\"curve\":{\"items\":{\"type\":\"number\"}}}}";
    String config = "{\"s7\":{\"f7\":1},\"curve\":[" + "1,".repeat(50_000) + "1]}";
    assertThatCode(() -> check(schema, config)).doesNotThrowAnyException();
  }

  @Test
  void a_recursion_that_only_a_config_reaches_is_refused_too() {
    String schema = "{\"properties\":{\"a\":{\"$ref\":\"#/properties/a\"}}}";
    assertThatThrownBy(() -> check(schema, "{\"a\":1}")).isInstanceOf(Problem.class);
  }

  @Test
  void a_remote_reference_is_never_fetched() throws IOException {
    try (ServerSocket remote = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "http://127.0.0.1:" + remote.getLocalPort() + "/s.json";
      assertThatThrownBy(
              () -> check("{\"properties\":{\"a\":{\"$ref\":\"" + address + "\"}}}", "{\"a\":1}"))
          .isInstanceOf(Problem.class);
      assertThatThrownBy(() -> ConfigSchema.read("{\"$schema\":\"" + address + "\"}"))
          .isInstanceOf(Problem.class);
      remote.setSoTimeout(1);
      assertThatThrownBy(remote::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  private static void check(String schema, String config) {
    ConfigSchema.read(schema).check(DeviceConfig.read(config));
  }
}
