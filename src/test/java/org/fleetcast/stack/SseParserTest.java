package org.fleetcast.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SseParserTest {
  private final SseParser parser = new SseParser();

  @Test
  void an_event_ends_with_a_blank_line() {
    assertThat(read("id: 7", "event: device-logs", "data: {\"a\":1}", ""))
        .containsExactly(new SseEvent("7", "device-logs", "{\"a\":1}"));
  }

  @Test
  void a_block_of_only_an_id_fires_nothing_and_is_remembered() {
    assertThat(read("id: 41", "")).isEmpty();
    assertThat(parser.lastId()).contains("41");
    assertThat(read("data: x", "")).containsExactly(new SseEvent("41", "message", "x"));
  }

  @Test
  void the_id_of_an_event_that_was_cut_is_not_remembered() {
    assertThat(read("id: 7", "data: x", "", "id: 8", "data: y")).hasSize(1);
    assertThat(parser.lastId()).contains("7");
  }

  @Test
  void comments_and_retry_are_no_events() {
    assertThat(read(":", ": heartbeat", "retry: 1500", "")).isEmpty();
    assertThat(parser.comments()).isEqualTo(2);
    assertThat(parser.retry()).contains(Duration.ofMillis(1500));
  }

  @Test
  void several_data_lines_are_joined_by_line_feeds() {
    assertThat(read("data: a", "data:", "data:b", ""))
        .extracting(SseEvent::data)
        .containsExactly("a\n\nb");
  }

  private List<SseEvent> read(String... lines) {
    return List.of(lines).stream().map(parser::line).flatMap(Optional::stream).toList();
  }
}
