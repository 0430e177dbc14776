package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Optional;
import org.fleetcast.sink.JournalLine.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexNamesTest {
  private static final long AT = LogTime.micros(Instant.parse("2026-02-16T23:59:59.999999Z"));

  @Test
  void a_prefix_is_followed_by_the_day_and_dead_letters_have_one_of_their_own() {
    IndexNames names = IndexNames.daily("beside-");
    assertThat(names.of(Kind.LINE, AT)).isEqualTo("beside-2026.02.16");
    assertThat(names.of(Kind.DEAD_LETTER, AT)).isEqualTo("fleetcast-dead-letter-2026.02.16");
    assertThat(names.all(Kind.LINE)).isEqualTo("beside-*");
  }

  @Test
  void lines_go_to_one_data_stream_where_there_is_one_and_dead_letters_to_their_days() {
    IndexNames names = new IndexNames("beside-", Optional.of("fleet"));
    assertThat(names.of(Kind.LINE, AT)).isEqualTo("fleet");
    assertThat(names.written(Kind.LINE)).isEqualTo("fleet");
    assertThat(names.all(Kind.LINE)).isEqualTo("beside-*");
    assertThat(names.of(Kind.DEAD_LETTER, AT)).isEqualTo("fleetcast-dead-letter-2026.02.16");
    assertThat(names.written(Kind.DEAD_LETTER)).isEqualTo("fleetcast-dead-letter-*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Fleet", "fleet*", ".fleet", "a,b", "fleetcast-dead-letter-2"})
  void a_data_stream_by_a_name_that_is_none_is_refused(String stream) {
    assertThatThrownBy(() -> new IndexNames("beside-", Optional.of(stream)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("ELASTICSEARCH_DATA_STREAM ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Logs-",
        "logs *",
        "logs*",
        "-logs",
        "_logs",
        "a,b",
        "a/b",
        "fleetcast-",
        "fleetcast-dead-letter-2"
      })
  void what_elasticsearch_would_refuse_or_is_the_dead_letters_is_refused(String prefix) {
    assertThatThrownBy(() -> IndexNames.daily(prefix))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("ELASTICSEARCH_INDEX_PREFIX ");
  }
}
