package org.fleetcast.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.fleetcast.sink.StoredLine;
import org.junit.jupiter.api.Test;

class PageJsonTest {
  @Test
  void a_terminal_can_show_a_page_whatever_devices_sent_and_it_reads_the_same() throws IOException {
    String text = "a\u0085b\u009b2Jc\u007fd\u2028e\u001bf\u00e9g\u20ac";
    StoredLine line = new StoredLine(1, "id", "entity", text, "E", text, text, null);
    HistoryPage page = new HistoryPage(List.of(line), null, null, null);

    String json = new String(PageJson.of(page, Set.of("tag", "sgr"), null), StandardCharsets.UTF_8);

    assertThat(json.chars()).noneMatch(c -> Character.isISOControl(c) || c == '\u2028');
    assertThat(json).contains("b\\u009b2Jc", "\u00e9g\u20ac");
    JsonNode row = new ObjectMapper().readTree(json).path("logs").path(0);
    for (String field : List.of("message", "tag", "sgr")) {
      assertThat(row.path(field).asText()).as(field).isEqualTo(text);
    }
  }

  @Test
  void half_a_surrogate_does_not_break_the_page() throws IOException {
    StoredLine line = new StoredLine(1, "id", "a\ud800b", null);
    HistoryPage page = new HistoryPage(List.of(line), null, null, null);

    JsonNode read = new ObjectMapper().readTree(PageJson.of(page, Set.of(), null));

    assertThat(read.path("logs").path(0).path("message").asText()).isEqualTo("a?b");
  }
}
