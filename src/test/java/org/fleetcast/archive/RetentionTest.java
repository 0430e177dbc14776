package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.fleetcast.sink.JournalLine.Kind;
import org.junit.jupiter.api.Test;

class RetentionTest {
  @Test
  void only_daily_indices_of_earlier_days_are_past() {
    List<String> names =
        List.of(
            "logstash-http-2026.02.14",
            "logstash-http-2026.02.15",
            "logstash-http-2026.02.16",
            "logstash-http-2025.12.31",
            "logstash-http-0-my-notes",
            "logstash-http-2025-12-31",
            "logstash-http-2025.12.31-copy");
    assertThat(Retention.past(names, Kind.LINE, Instant.parse("2026-02-15T23:59:59Z")))
        .containsExactly("logstash-http-2026.02.14", "logstash-http-2025.12.31");
  }
}
