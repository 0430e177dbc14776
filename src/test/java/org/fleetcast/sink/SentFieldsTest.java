package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.fleetcast.live.LineFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentFieldsTest {
  private static final String LINE =
      "{'room':'Hall','n':1.50,'ok':true,'none':null,'empty':'','list':['a',2,['deep']],"
          + "'wifi':{'rssi':-61,'ap':{'name':'x'},'seen':[{'id':7},{'id':8}]},'wifi.rssi':9,'a':{'b.c':1}}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "room|Hall|true",
        "room|hall|false",
        "room|Hal|false",
        "n|1.50|true",
        "n|1.5|false",
        "ok|true|true",
        "none|null|true",
        "empty|''|true",
        "list|a|true",
        "list|2|true",
        "list|deep|true",
        "wifi.rssi|-61|true",
        "wifi.rssi|9|true",
        "wifi.ap.name|x|true",
        "wifi.seen.id|8|true",
        "a.b.c|1|true",
        "wifi|x|false",
        "other|''|false",
        "room.x|Hall|false"
      })
  void a_value_is_found_by_its_name_in_the_text_in_which_it_was_sent(
      String name, String value, boolean found) {
    assertThat(fields(LINE).has(name, value)).isEqualTo(found);
  }

  @Test
  void what_is_no_json_has_no_fields() {
    assertThat(fields("oops").has("room", "Hall")).isFalse();
  }

  @Test
  void a_document_from_before_has_the_level_and_the_tag_that_its_message_says() throws IOException {
    ObjectNode source = LineJson.read(bytes("{'message':'W (1) motor: hot','room':'hall'}"));
    LineFields fields = SentFields.of(source, StoredLine.of("id", source, 1));
    assertThat(fields.has("level", "W")).isTrue();
    assertThat(fields.has("tag", "motor")).isTrue();
    assertThat(fields.has("room", "hall")).isTrue();
    assertThat(fields.has("tag", "W")).isFalse();
  }

  private static LineFields fields(String json) {
    return SentFields.of(bytes(json));
  }

  private static byte[] bytes(String json) {
    return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }
}
