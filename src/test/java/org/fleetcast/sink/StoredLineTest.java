package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredLineTest {
  @Test
  void a_line_of_the_download_escapes_control_characters_and_nothing_else() {
    StoredLine row =
        new StoredLine(
            1, "id", "a\r\nb\tC:\\new \u001b[2J\u0000\u007f\u009b\u2028 \ud83d\ude00", "W");
    assertThat(row.text())
        .isEqualTo(
            "1970-01-01T00:00:00.000001Z W a\\r\\nb\\tC:\\new \\u001b[2J\\u0000\\u007f\\u009b\\u2028"
                + " \ud83d\ude00\n");
  }

  @Test
  void a_line_of_the_fleets_download_has_its_entity_as_one_word() {
    StoredLine row = new StoredLine(1, "id", "up", null);
    assertThat(row.textOf("hall door\n"))
        .isEqualTo("1970-01-01T00:00:00.000001Z - hall\\u0020door\\n up\n");
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"level\":\"error\"}',E",
    "'{\"level\":\"Warning\"}',W",
    "'{\"level\":5}',I",
    "'{\"level\":\"E x\\n2026-01-01T00:00:00.000000Z I FORGED\"}',",
    "'{\"level\":[\"E\"]}',",
    "'{\"level\":null}',",
    "{},"
  })
  void a_row_has_the_letter_that_its_level_counts_as(String source, String letter)
      throws JsonProcessingException {
    ObjectNode fields = new ObjectMapper().readValue(source, ObjectNode.class);
    assertThat(StoredLine.of("id", fields, 1).level()).isEqualTo(letter);
  }

  @Test
  void a_whole_row_has_all_fields_to_the_letter() throws JsonProcessingException {
    ObjectNode fields =
        new ObjectMapper().readValue("{\"a.b\":[1,{}],\"level\":\"x\"}", ObjectNode.class);
    assertThat(StoredLine.of("id", fields, 1, true).fields())
        .isEqualTo("{\"a.b\":[1,{}],\"level\":\"x\"}");
    assertThat(StoredLine.of("id", fields, 1).fields()).isNull();
  }
}
