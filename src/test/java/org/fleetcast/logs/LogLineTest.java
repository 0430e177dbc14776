package org.fleetcast.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.fleetcast.logs.LogLine.Bad;
import org.fleetcast.logs.LogLine.Good;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogLineTest {
  private final LogLine.Reader reader = new LogLine.Reader("entity_id", 256 * 1024);

  @Test
  void a_line_of_firmware_is_cleaned_and_gets_its_level_and_tag() {
    Good line =
        good(
            "{\"entity_id\":\"sensor.x\",\"message\":\"\\u001b[32mI (12) boot: up\\u001b[0m\","
                + "\"relative_time\":123}");
    assertThat(line.entityId()).isEqualTo("sensor.x");
    assertThat(line.fields().toString())
        .isEqualTo(
            "{\"entity_id\":\"sensor.x\",\"message\":\"I (12) boot: up\",\"sgr\":\"0:32 15:0\","
                + "\"level\":\"I\",\"tag\":\"boot\"}");
  }

  @Test
  void what_the_device_said_of_level_and_tag_stands() {
    Good line = good("{\"message\":\"E (1) wifi: lost\",\"level\":\"D\",\"tag\":\"mine\"}");
    assertThat(line.fields().get("level").asText()).isEqualTo("D");
    assertThat(line.fields().get("tag").asText()).isEqualTo("mine");
  }

  @Test
  void a_field_of_the_devices_own_that_is_called_like_the_colours_stands() {
    Good line = good("{\"message\":\"\\u001b[31mred\",\"sgr\":7}");
    assertThat(line.fields()).hasToString("{\"message\":\"red\",\"sgr\":7}");
  }

  @Test
  void everything_else_is_left_as_it_is() {
    String line =
        "{\"n\":1.10,\"big\":12345678901234567890,\"o\":{\"a\":[1,null,true]},\"u\":\"\u2028\"}";
    assertThat(good(line).fields().toString()).isEqualTo(line);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{\"a\":1}|{\"a\":1}", "7|7", "null|null", "[\"x\"]|[\"x\"]", "true|true"})
  void a_message_that_is_no_string_becomes_its_json_text(String message, String text) {
    assertThat(good("{\"message\":" + message + "}").fields().get("message").asText())
        .isEqualTo(text);
  }

  @Test
  void a_missing_message_and_a_missing_entity_are_fine() {
    assertThat(good("{}").entityId()).isNull();
    assertThat(good("{\"entity_id\":\"\"}").entityId()).isNull();
    assertThat(good("{\"entity_id\":null}").entityId()).isNull();
    assertThat(good("{}").fields().has("message")).isFalse();
  }

  @Test
  void only_line_feeds_end_a_line() {
    List<LogLine> lines =
        read("{\"a\":\"x\u2028y\u0085z\"}\r\n\n  \t\n{\"b\":1}\n{\"c\":\"\u000b\f\"}");
    assertThat(lines).hasSize(3);
    assertThat(lines.subList(0, 2)).allMatch(Good.class::isInstance);
    assertThat(lines.get(2)).isInstanceOf(Bad.class); // raw control characters are not JSON
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7",
        "[]",
        "\"text\"",
        "null",
        "{",
        "{\"a\":NaN}",
        "{\"entity_id\":[\"x\"]}",
        "{\"entity_id\":7}",
        "{} {}",
        "not json",
        "{'a':1}",
        "{\"n\":1e9999999999}",
        "{\"n\":-1e-9999999999}"
      })
  void what_is_no_log_line_is_refused_with_a_reason(String line) {
    List<LogLine> lines = read("{\"ok\":1}\n" + line + "\n{\"ok\":2}");
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1))
        .isInstanceOfSatisfying(Bad.class, bad -> assertThat(bad.reason()).isNotBlank());
  }

  @Test
  void too_long_and_too_deep_are_refused() {
    assertThat(read("{\"m\":\"" + "x".repeat(300 * 1024) + "\"}").get(0)).isInstanceOf(Bad.class);
    assertThat(read("{\"m\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}").get(0))
        .isInstanceOf(Bad.class);
  }

  @Test
  void bytes_that_are_not_utf_8_are_refused_and_kept() {
    byte[] payload = {'{', '"', 'a', '"', ':', '"', (byte) 0xff, '"', '}'};
    assertThat(reader.read(payload).get(0))
        .isInstanceOfSatisfying(Bad.class, bad -> assertThat(bad.raw()).isEqualTo(payload));
  }

  @Test
  void another_key_may_name_the_entity() {
    LogLine line =
        new LogLine.Reader("device", 1000)
            .read("{\"device\":\"d1\"}".getBytes(StandardCharsets.UTF_8))
            .get(0);
    assertThat(((Good) line).fields().get("entity_id").asText()).isEqualTo("d1");
  }

  @Test
  void with_another_key_an_entity_id_of_the_devices_own_counts_for_nothing() {
    LogLine line =
        new LogLine.Reader("device", 1000)
            .read("{\"entity_id\":{\"x\":1},\"a\":1}".getBytes(StandardCharsets.UTF_8))
            .get(0);
    assertThat(((Good) line).entityId()).isNull();
    assertThat(((Good) line).fields()).hasToString("{\"a\":1}");
  }

  @Property
  void no_payload_makes_the_reader_fail(@ForAll byte[] payload) {
    assertThat(reader.read(payload)).doesNotContainNull();
  }

  private Good good(String line) {
    return (Good) read(line).get(0);
  }

  private List<LogLine> read(String payload) {
    return reader.read(payload.getBytes(StandardCharsets.UTF_8));
  }
}
