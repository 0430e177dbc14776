package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.fleetcast.archive.StoredDocument.Form;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LineJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredDocumentTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final List<String> NAMES =
      List.of(
          "",
          " ",
          ".",
          "a.",
          ".a",
          "a..b",
          "level.name",
          "_id",
          "_foo",
          "level",
          "tag",
          "message",
          "entity_id",
          "id",
          "@timestamp",
          "fleetcast_other_fields",
          "a",
          "a.b",
          "\"\\",
          "\u2028");

  @Property(seed = "1")
  void what_is_written_is_read_back_whatever_its_fields_are_called_and_look_like(
      @ForAll("lines") ObjectNode line, @ForAll Form form) throws IOException {
    ObjectNode written = LineJson.read(json(line, form));
    for (String name : List.copyOf(fieldNames(written))) {
      assertThat(name).isNotBlank().doesNotStartWith("_").doesNotEndWith(".");
    }
    assertThat(StoredDocument.read(written)).isEqualTo(asRead(line));
  }

  @Property
  @Tag("long")
  void what_is_written_is_read_back_whatever_its_fields_are_called_and_look_like_with_any_seed(
      @ForAll("lines") ObjectNode line, @ForAll Form form) throws IOException {
    what_is_written_is_read_back_whatever_its_fields_are_called_and_look_like(line, form);
  }

  @Provide
  Arbitrary<ObjectNode> lines() {
    Arbitrary<String> names = Arbitraries.oneOf(Arbitraries.of(NAMES), strings(6));
    return Arbitraries.maps(names, values()).ofMaxSize(12).map(StoredDocumentTest::object);
  }

  private static Arbitrary<JsonNode> values() {
    Arbitrary<JsonNode> scalars =
        Arbitraries.oneOf(
            strings(20).map(NODES::textNode),
            Arbitraries.integers().map(NODES::numberNode),
            Arbitraries.of(true, false).map(NODES::booleanNode),
            Arbitraries.just(NODES.nullNode()),
            Arbitraries.integers()
                .between(8_000, 20_000)
                .map(n -> NODES.textNode("\u00e4".repeat(n))));
    return Arbitraries.oneOf(
        scalars,
        scalars.list().ofMaxSize(3).map(all -> NODES.arrayNode().addAll(all)),
        Arbitraries.maps(strings(4), scalars).ofMaxSize(3).map(StoredDocumentTest::object));
  }

  private static Arbitrary<String> strings(int max) {
    // Half a surrogate pair does not survive UTF-8, which a line has gone through before.
    return Arbitraries.strings()
        .withCharRange('\0', '\ud7ff')
        .withChars('.', ' ', '_', '"', '\\', '{', ',')
        .ofMaxLength(max);
  }

  private static ObjectNode object(Map<String, JsonNode> fields) {
    return NODES.objectNode().setAll(fields);
  }

  @Test
  void an_ordinary_line_is_written_as_it_is() {
    String line =
        "{\"entity_id\":\"E\",\"message\":\"m\",\"level\":3,\"tag\":null,\"n\":1.50,\"o\":{\"\":[1e400]},\"a.b\":1}";
    JournalLine entry = entry(line);
    assertThat(StoredDocument.of(entry, Form.WHOLE, IndexNames.daily("logstash-http-")).json())
        .isSameAs(entry.json());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\":1",
        "\" \":1",
        "\"\\u3000\":1",
        "\".\":1",
        "\"..\":1",
        "\"a.\":1",
        "\".a\":1",
        "\"a..b\":1",
        "\"a. .b\":1",
        "\"level.name\":\"E\"",
        "\"message.keyword\":1",
        "\"@timestamp.x\":1",
        "\"_id\":\"17\"",
        "\"_source\":{}",
        "\"_doc_count\":5",
        "\"level\":{\"a\":1}",
        "\"tag\":[{\"module\":\"pump\"}]",
        "\"tag\":[\"a\"]",
        "\"fleetcast_other_fields\":\"mine\""
      })
  void a_field_that_elasticsearch_refuses_is_moved_to_the_letter_and_the_others_stay(String odd)
      throws IOException {
    String line = "{\"message\":\"m\"," + odd + ",\"n\":1.50}";
    JsonNode written =
        JSON.readTree(
            StoredDocument.of(entry(line), Form.WHOLE, IndexNames.daily("logstash-http-")).json());
    assertThat(fieldNames(written)).containsExactly("message", "n", "fleetcast_other_fields");
    assertThat(written.get("fleetcast_other_fields").textValue()).isEqualTo("{" + odd + "}");
  }

  @Test
  void in_safer_forms_fewer_fields_stay_and_a_long_message_is_found_by_its_beginning()
      throws IOException {
    ObjectNode line = NODES.objectNode();
    String text = "x".repeat(8_190) + "\ud83d\ude00" + "y".repeat(100_000);
    line.put("id", "i").put("entity_id", "E").put("message", text).put("level", "E").put("n", 1);
    assertThat(fieldNames(JSON.readTree(json(line, Form.CORE))))
        .containsExactly("id", "entity_id", "message", "level", "fleetcast_other_fields");
    assertThat(fieldNames(JSON.readTree(json(line, Form.BARE))))
        .containsExactly("id", "entity_id", "fleetcast_other_fields");
    ObjectNode written = LineJson.read(json(line, Form.TEXT));
    assertThat(written.get("message").textValue()).isEqualTo("x".repeat(8_190));
    written.get("fleetcast_other_fields").forEach(p -> assertThat(bytes(p)).isLessThan(32_767));
    assertThat(StoredDocument.read(written)).isEqualTo(asRead(line));
  }

  @Test
  void numbers_longer_and_nesting_deeper_than_any_parser_takes_by_default_come_back()
      throws IOException {
    String deep = "[".repeat(2_000) + "]".repeat(2_000);
    String line = "{\"_o\":" + deep + ",\"_n\":" + "1".repeat(2_000) + "}";
    ObjectNode read =
        StoredDocument.read(
            LineJson.read(
                StoredDocument.of(entry(line), Form.WHOLE, IndexNames.daily("logstash-http-"))
                    .json()));
    assertThat(read.get("_n").asText()).isEqualTo("1".repeat(2_000));
    assertThat(read.get("_o").isArray()).isTrue();
  }

  @Test
  void somebody_elses_field_of_that_name_stays() {
    ObjectNode source = NODES.objectNode().put("fleetcast_other_fields", "not ours");
    assertThat(StoredDocument.read(source.deepCopy())).isEqualTo(source);
  }

  /** A line as whoever reads lines has it: with its numbers as text. */
  private static ObjectNode asRead(ObjectNode line) throws IOException {
    return LineJson.read(line.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] json(ObjectNode line, Form form) {
    return StoredDocument.of(entry(line.toString()), form, IndexNames.daily("logstash-http-"))
        .json();
  }

  private static JournalLine entry(String json) {
    return new JournalLine(
        1, "i", JournalLine.Kind.LINE, "E", json.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> fieldNames(JsonNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static int bytes(JsonNode text) {
    return text.textValue().getBytes(StandardCharsets.UTF_8).length;
  }
}
