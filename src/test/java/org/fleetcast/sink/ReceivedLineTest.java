package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import org.fleetcast.live.LogLevel;
import org.fleetcast.sink.ReceivedLine.Bad;
import org.fleetcast.sink.ReceivedLine.Good;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReceivedLineTest {
  private final ReceivedLine.Reader reader = new ReceivedLine.Reader("entity_id", 256 * 1024);

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
    List<ReceivedLine> lines =
        read("{\"a\":\"x\u2028y\u0085z\"}\r\n\n  \t\n{\"b\":1}\n{\"c\":\"\u000b\r\f\"}");
    assertThat(lines).hasSize(3).allMatch(Good.class::isInstance);
    assertThat(((Good) lines.get(2)).fields().get("c").asText()).isEqualTo("\u000b\r\f");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7|not a JSON object",
        "[]|not a JSON object",
        "\"text\"|not a JSON object",
        "null|not a JSON object",
        "{|not valid JSON, its end is missing at column 2",
        "{\"a\":NaN}|not valid JSON at column 9",
        "{\"entity_id\":[\"x\"]}|entity_id is not a string",
        "{\"entity_id\":7}|entity_id is not a string",
        "{} {}|more than one JSON value, the second at column 4",
        "not json|not a JSON object",
        "{'a':1}|not valid JSON at column 2",
        "{\"a\":1,}|not valid JSON at column 8",
        "{\"a\":01}|not valid JSON at column 7"
      })
  void what_is_no_log_line_is_refused_with_the_place(String line, String reason) {
    List<ReceivedLine> lines = read("{\"ok\":1}\n" + line + "\n{\"ok\":2}");
    assertThat(lines).hasSize(3);
    assertThat(bad(lines.get(1)).reason()).isEqualTo(reason);
    assertThat(text(bad(lines.get(1)))).isEqualTo(line);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e9999999999", "-1e-9999999999", "1.10", "-0", "1E+5", "0.0e-0"})
  void a_number_stays_as_it_was_written(String number) {
    String line = "{\"n\":" + number + ",\"message\":" + number + "}";
    assertThat(good(line).fields())
        .hasToString("{\"n\":" + number + ",\"message\":\"" + number + "\"}");
  }

  @Test
  void too_long_and_too_deep_are_refused() {
    assertThat(bad(read("{\"m\":\"" + "x".repeat(300 * 1024) + "\"}").get(0)).reason())
        .isEqualTo("larger than 262144 bytes");
    assertThat(bad(read("{\"m\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}").get(0)).reason())
        .isEqualTo("nested deeper than 500 levels at column 506");
    assertThat(read("{\"m\":" + "[".repeat(499) + "]".repeat(499) + "}").get(0))
        .isInstanceOf(Good.class);
  }

  @Test
  void what_firmware_means_beyond_doubt_is_taken() {
    assertThat(message("{\"message\":\"\u001b[31mE (1) x: raw escape\u001b[0m\"}"))
        .isEqualTo("E (1) x: raw escape");
    assertThat(message("{\"message\":\"a\tb\"}")).isEqualTo("a\tb");
    assertThat(message("{\"message\":\"trailing\"}\0")).isEqualTo("trailing");
    assertThat(message("{\"message\":\"several\"}\0\0\0\r\n\0")).isEqualTo("several");
    assertThat(message("\ufeff{\"message\":\"byte order mark\"}")).isEqualTo("byte order mark");
    assertThat(message("\ufeff\r\n{\"message\":\"NUL\0within\"}")).isEqualTo("NUL\0within");
    assertThat(message("\ufeff\ufeff{\"message\":\"two marks\"}")).isEqualTo("two marks");
    assertThat(message("\ufeff\0{\"message\":\"mark, NUL\"}")).isEqualTo("mark, NUL");
    assertThat(message("\f{\"message\":\"form feeds\"}\u000b\f")).isEqualTo("form feeds");
  }

  @Test
  void bytes_that_are_no_utf_8_and_half_pairs_become_replacement_characters() {
    byte[] latin1 = "{\"message\":\"21.5 \u00b0C\"}".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(message(((Good) lines(latin1).get(0)))).isEqualTo("21.5 \ufffdC");
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    raw.writeBytes("{\"message\":\"a".getBytes(StandardCharsets.UTF_8));
    raw.writeBytes(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}); // half a pair as UTF-8
    raw.writeBytes("b\"}".getBytes(StandardCharsets.UTF_8));
    assertThat(message((Good) lines(raw.toByteArray()).get(0))).matches("a\ufffd+b");
    Good escaped = good("{\"entity_id\":\"x\\udc00\",\"\\ud83d\":\"\\ud83d \\ud83d\\ude00\"}");
    assertThat(escaped.entityId()).isEqualTo("x\ufffd");
    assertThat(escaped.fields())
        .hasToString("{\"entity_id\":\"x\ufffd\",\"\ufffd\":\"\ufffd \ud83d\ude00\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"entity_id\":\"E\",\"temp\":nan,\"message\":\"not a number\"}|E|not valid JSON at column 28",
        "{\"entity_id\":\"E\",\"message\":\"\\x1b[31mC escape\\x1b[0m\"}|E|not valid JSON at column 30",
        "\"entity_id\": \"E\", \"message\": \"pretty\" }|E|not a JSON object",
        "{\"temp\":nan,\"entity_id\" : \"E\\u0031\"}|E1|not valid JSON at column 12",
        "{\"a\":{\"entity_id\":\"inner\"},\"entity_id\":\"E\",\"b\":}|E|not valid JSON at column 48",
        "{\"message\":\"\\\"entity_id\\\":\\\"no\\\"\",|-|not valid JSON at column 35",
        "{|-|not valid JSON, its end is missing at column 2",
        "{\"entity_id\":\"|-|not valid JSON, its end is missing at column 15",
        "{\"entity_id\":7}|-|entity_id is not a string",
        "{\"entity_id\":7,\"src\":{\"entity_id\":\"inner\"}}|-|entity_id is not a string",
        "{\"entity_id\":\"\",\"src\":{\"entity_id\":\"inner\"},|-|not valid JSON at" + " column 45",
        "{\"entity_id\":\"one\",\"entity_id\":\"E\",\"b\":}|E|not valid JSON at column 40",
        "[{\"entity_id\":\"E\"}]|E|not a JSON object",
        "{\"m\":\"a}\\\"{\",\"entity_id\":\"E\"} {\"entity_id\":\"second\"}|E|more than one JSON value,"
            + " the second at column 31"
      })
  void a_broken_line_names_its_entity_when_that_can_be_read(
      String line, String entity, String reason) {
    Bad bad = bad(read(line).get(0));
    assertThat(bad.entityId()).isEqualTo(entity.equals("-") ? null : entity);
    assertThat(bad.reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'entity_id': 'E', 'message': 'boot'}|E",
        "{entity_id:\"E\",message:\"x\"}|E",
        "{ message: 'x', entity_id : 'E' }|E",
        "{'my_entity_id': 'x'}|-",
        "{'entity_id': 7}|-",
        "{'entity_id': 'E|-",
        "{\"message\":\"entity_id: 'x'\",|-",
      })
  void a_line_as_a_script_prints_its_objects_names_its_entity(String line, String entity) {
    assertThat(bad(read(line).get(0)).entityId()).isEqualTo(entity.equals("-") ? null : entity);
  }

  @Test
  void an_empty_level_or_tag_says_as_little_as_none() throws IOException {
    Good line = good("{\"level\":\"\",\"tag\":\" \",\"message\":\"E (1) x: y\"}");
    assertThat(line.fields().get("level").textValue()).isEqualTo("E");
    assertThat(line.fields().get("tag").textValue()).isEqualTo("x");
    byte[] old =
        "{\"level\":\"\",\"tag\":\"\",\"message\":\"E (1) x: y\"}".getBytes(StandardCharsets.UTF_8);
    StoredLine row = StoredLine.of("id", LineJson.read(old), 0);
    assertThat(row.level()).isEqualTo("E");
    assertThat(row.tag()).isEqualTo("x");
  }

  @Test
  void a_line_that_is_too_long_names_its_entity_too() {
    String line = "{\"entity_id\":\"E\",\"m\":\"" + "x".repeat(300 * 1024) + "\"}";
    assertThat(bad(read(line).get(0)).entityId()).isEqualTo("E");
    assertThat(bad(read(line).get(0)).raw().bytes()).hasSize(RawBytes.MAX);
    String last = "{\"m\":\"" + "x".repeat(300 * 1024) + "\",\"entity_id\":\"E\"}";
    assertThat(bad(read(last).get(0)).entityId()).isEqualTo("E");
    String deep = "{\"a\":" + "[".repeat(90_000) + "]".repeat(90_000) + ",\"entity_id\":\"E\"}";
    assertThat(bad(read(deep).get(0)).entityId()).isEqualTo("E");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"entity_id\":\"E\"}\\n\\n{}\\n{\"entity_id\":\"E\"}\\n{\"entity|E",
        "{\"entity_id\":\"E\"}\\n{\"entity_id\":\"F\"}|-",
        "raw|-"
      })
  void a_payload_names_the_only_entity_of_its_lines(String payload, String entity) {
    byte[] bytes = payload.translateEscapes().getBytes(StandardCharsets.UTF_8);
    assertThat(reader.entityId(bytes, 0)).isEqualTo(entity.equals("-") ? null : entity);
  }

  @Test
  void of_many_bad_lines_the_first_hundred_are_kept_and_the_rest_counted() {
    List<ReceivedLine> lines =
        read("0\n".repeat(100) + "{\"entity_id\":\"E\",\n" + "{\"ok\":1}\n" + "x\n".repeat(20_000));
    assertThat(lines).hasSize(102);
    assertThat(lines.get(100)).isInstanceOf(Good.class);
    Bad rest = bad(lines.get(101));
    assertThat(rest.reason())
        .isEqualTo(
            "20001 further lines of one message cannot be taken, the first: not valid JSON at"
                + " column 18");
    assertThat(rest.lines()).isEqualTo(20_001);
    assertThat(rest.entityId()).isEqualTo("E");
    assertThat(text(rest)).isEqualTo("{\"entity_id\":\"E\",");
    assertThat(read("0\n".repeat(100))).hasSize(100);
  }

  @ParameterizedTest
  @CsvSource({
    "error,E",
    "warning,W",
    "e,E",
    "3,E",
    "Notice,I",
    "trace,V",
    "VV,V",
    "E,",
    "W,",
    "loud,",
    "'',"
  })
  void a_level_that_is_not_its_letter_has_the_letter_beside_it(
      String level, @Nullable String letter) {
    Good line = good("{\"level\":\"" + level + "\",\"severity_letter\":\"X\"}");
    assertThat(line.fields().get("level").asText()).isEqualTo(level);
    assertThat(line.fields().path("severity_letter").textValue()).isEqualTo(letter);
  }

  @Test
  void a_level_of_another_shape_stays_as_it_was_sent() {
    assertThat(good("{\"level\":3,\"message\":\"I (1) x: y\"}").fields())
        .hasToString(
            "{\"level\":3,\"message\":\"I (1) x: y\",\"tag\":\"x\",\"severity_letter\":\"E\"}");
    assertThat(
            good("{\"level\":{\"a\":1},\"message\":\"I (1) x: y\",\"severity_letter\":1}").fields())
        .hasToString(
            "{\"level\":{\"a\":1},\"message\":\"I (1) x: y\",\"severity_letter\":\"I\","
                + "\"tag\":\"x\"}");
    assertThat(good("{\"level\":null,\"tag\":null,\"message\":\"W (1) x: y\"}").fields())
        .hasToString("{\"level\":\"W\",\"tag\":\"x\",\"message\":\"W (1) x: y\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"loud\"|E (1) x: y|E",
        "42|<wrn> x: y|W",
        "[\"E\"]|D (1) x: y|D",
        "\"debug\"|E (1) x: y|D",
        "\"D\"|E (1) x: y|",
        "\"loud\"|says nothing|",
      })
  void of_a_level_that_we_do_not_know_the_messages_prefix_says_what_it_counts_as(
      String level, String message, @Nullable String letter) throws IOException {
    ObjectNode fields = good("{\"level\":" + level + ",\"message\":\"" + message + "\"}").fields();
    assertThat(fields.get("level")).hasToString(level);
    assertThat(fields.path("severity_letter").textValue()).isEqualTo(letter);
    String counted = letter == null ? LogLevel.letter(fields.get("level").asText()) : letter;
    assertThat(StoredLine.level(fields)).isEqualTo(counted);
    assertThat(StoredLine.of("id", fields, 0).level()).isEqualTo(counted);
  }

  @Test
  void another_key_may_name_the_entity() {
    ReceivedLine.Reader other = new ReceivedLine.Reader("device", 1000);
    Good line = (Good) lines(other, "{\"device\":\"d1\"}").get(0);
    assertThat(line.fields().get("entity_id").asText()).isEqualTo("d1");
    assertThat(bad(lines(other, "{\"device\":\"d1\",").get(0)).entityId()).isEqualTo("d1");
  }

  @Test
  void with_another_key_an_entity_id_of_the_devices_own_counts_for_nothing() {
    ReceivedLine.Reader other = new ReceivedLine.Reader("device", 1000);
    Good line = (Good) lines(other, "{\"entity_id\":{\"x\":1},\"a\":1}").get(0);
    assertThat(line.entityId()).isNull();
    assertThat(line.fields()).hasToString("{\"a\":1}");
  }

  @Property
  void no_payload_makes_the_reader_fail(@ForAll byte[] payload) {
    assertThat(lines(payload)).doesNotContainNull();
  }

  @Property
  void no_line_makes_the_reader_fail(
      @ForAll
          @Chars({
            '{', '}', '[', ']', '"', ':', ',', '1', 'e', '-', '\\', 'u', 'd', '8', '0', '\u0000'
          })
          String line) {
    assertThat(read("{\"entity_id\":" + line)).doesNotContainNull();
    assertThat(read(line)).doesNotContainNull();
  }

  private String message(String payload) {
    List<ReceivedLine> lines = read(payload);
    assertThat(lines).hasSize(1);
    return message((Good) lines.get(0));
  }

  private static String message(Good line) {
    return line.fields().get("message").asText();
  }

  private static Bad bad(ReceivedLine line) {
    return (Bad) line;
  }

  private static String text(Bad bad) {
    return new String(bad.raw().bytes(), StandardCharsets.UTF_8);
  }

  private Good good(String line) {
    return (Good) read(line).get(0);
  }

  private List<ReceivedLine> read(String payload) {
    return lines(reader, payload);
  }

  private static List<ReceivedLine> lines(ReceivedLine.Reader reader, String payload) {
    List<ReceivedLine> lines = new ArrayList<>();
    reader.read(payload.getBytes(StandardCharsets.UTF_8)).forEach(lines::add);
    return lines;
  }

  private List<ReceivedLine> lines(byte[] payload) {
    List<ReceivedLine> lines = new ArrayList<>();
    reader.read(payload).forEach(lines::add);
    return lines;
  }
}
