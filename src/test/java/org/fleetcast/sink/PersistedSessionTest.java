package org.fleetcast.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import org.fleetcast.mqtt.SessionMemory.Opened;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PersistedSessionTest {
  private static final Set<String> LOGS = Set.of("logs");
  private static final Set<String> OTHER = Set.of("other");

  @TempDir Path folder;

  @Test
  void the_first_session_is_new_and_none_was_lost() {
    assertThat(opened("tcp://a as f", false, LOGS))
        .isEqualTo(new Opened(1, false, Set.of(), Set.of()));
  }

  @Test
  void a_session_that_the_broker_knows_keeps_its_number_over_a_restart() {
    opened("tcp://a as f", false, LOGS);
    assertThat(opened("tcp://a as f", true, LOGS))
        .isEqualTo(new Opened(1, false, Set.of(), Set.of()));
  }

  @Test
  void one_that_the_broker_has_lost_is_told_and_has_another_number() {
    opened("tcp://a as f", false, LOGS);
    assertThat(opened("tcp://a as f", false, LOGS))
        .isEqualTo(new Opened(2, true, Set.of(), Set.of()));
    assertThat(opened("tcp://a as f", true, LOGS))
        .isEqualTo(new Opened(2, false, Set.of(), Set.of()));
  }

  @Test
  void another_broker_or_client_id_is_no_loss_and_has_nothing_obsolete() {
    opened("tcp://a as f", false, LOGS);
    assertThat(opened("tcp://b as f", false, OTHER))
        .isEqualTo(new Opened(2, false, Set.of(), Set.of()));
    assertThat(opened("tcp://a as f", true, LOGS))
        .isEqualTo(new Opened(3, false, Set.of(), Set.of()));
  }

  @Test
  void an_earlier_filter_is_obsolete_until_it_is_known_to_be_gone() {
    opened("tcp://a as f", false, LOGS);
    try (Journal journal = journal()) {
      // The connection ends before the broker has answered.
      Opened cut = new PersistedSession(journal).opened("tcp://a as f", true, OTHER);
      assertThat(cut).isEqualTo(new Opened(2, false, LOGS, LOGS));
    }
    assertThat(opened("tcp://a as f", true, OTHER)).isEqualTo(new Opened(3, false, LOGS, LOGS));
    assertThat(opened("tcp://a as f", true, OTHER)).isEqualTo(new Opened(3, false, Set.of(), LOGS));
  }

  @Test
  void a_filter_that_the_broker_never_granted_is_none_that_the_session_had() {
    opened("tcp://a as f", false, LOGS);
    Set<String> both = Set.of("logs", "other");
    try (Journal journal = journal()) {
      new PersistedSession(journal).opened("tcp://a as f", true, both);
    }
    assertThat(opened("tcp://a as f", true, OTHER).earlier()).isEqualTo(LOGS);
    assertThat(opened("tcp://a as f", false, OTHER).earlier()).isEmpty();
  }

  /** In a process of its own, as it were. */
  private Opened opened(String session, boolean known, Set<String> filters) {
    try (Journal journal = journal()) {
      PersistedSession memory = new PersistedSession(journal);
      Opened opened = memory.opened(session, known, filters);
      memory.subscribed(filters);
      return opened;
    }
  }

  private Journal journal() {
    return Journal.open(folder, 1 << 20, Instant.now());
  }
}
