package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrintableJsonTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void no_character_of_any_string_or_name_is_a_control_or_ends_a_line_and_all_read_the_same()
      throws JsonProcessingException {
    for (int c = 0; c < 0x3000; c++) {
      String text = "a" + (char) c + "b";
      ObjectNode line = JSON.createObjectNode().put(text, text).put("tag", text);
      String json = PrintableJson.of(line.toString());

      assertThat(json).matches("\\P{Cntrl}*").doesNotContain("\u2028", "\u2029");
      assertThat(json.chars().noneMatch(Character::isISOControl)).isTrue();
      assertThat(JSON.readTree(json)).isEqualTo(line);
    }
  }

  @Test
  void the_entity_of_an_event_is_as_printable_as_its_lines() {
    Publication event = new Publication("sensor.\u009b2J\u2028", List.of(new NumberedLine(1)));
    String json = new String(event.frame(Format.NAMED), java.nio.charset.StandardCharsets.UTF_8);

    assertThat(json).contains("\"sensor.\\u009b2J\\u2028\"");
  }
}
