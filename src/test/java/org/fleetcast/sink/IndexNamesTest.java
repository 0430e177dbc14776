package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.fleetcast.sink.JournalLine.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexNamesTest {
  private static final long AT = LogTime.micros(Instant.parse("2026-02-16T23:59:59.999999Z"));

  @Test
  void a_prefix_is_followed_by_the_day_and_dead_letters_have_one_of_their_own() {
    IndexNames names = new IndexNames("beside-");
    assertThat(names.of(Kind.LINE, AT)).isEqualTo("beside-2026.02.16");
    assertThat(names.of(Kind.DEAD_LETTER, AT)).isEqualTo("fleetcast-dead-letter-2026.02.16");
    assertThat(names.all(Kind.LINE)).isEqualTo("beside-*");
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
    assertThatThrownBy(() -> new IndexNames(prefix))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("ELASTICSEARCH_INDEX_PREFIX ");
  }
}
