package org.fleetcast.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.fleetcast.identity.local.LocalDatabase;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.ManualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init")
class AuditTest {
  private static final int MOST = 20;

  /** CR, LF, NUL, C1, a line separator, an override of the direction, half a character, a quote. */
  private static final String HOSTILE = "a\r\nb\0\u009b31m\u2028\u202e\ud800\"}";

  private final ManualClock clock = new ManualClock();
  private DataSource database;
  private Audit audit;
  private AuditStore store;

  @BeforeEach
  void empty() throws SQLException {
    database = LocalDatabase.fresh("V5__audit.sql");
    store = new AuditStore(database, MOST);
    audit = new Audit(store, new RefusalLimit(clock), clock);
  }

  @Test
  void what_was_told_is_found_newest_first_page_by_page_also_of_one_moment() {
    for (int i = 0; i < 7; i++) {
      tell("devices/" + i);
    }
    audit.store();
    AuditRange range = AuditRange.of(null, null, null);
    List<String> found = new ArrayList<>();
    for (List<AuditStore.Row> page = store.page(range, 3);
        !page.isEmpty();
        page = store.page(range, 3)) {
      page.forEach(row -> found.add(row.entry().target()));
      AuditStore.Row last = page.get(page.size() - 1);
      range = AuditRange.of(null, null, range.after(last.entry().at(), last.id()));
    }

    assertThat(found)
        .containsExactly(
            "devices/6",
            "devices/5",
            "devices/4",
            "devices/3",
            "devices/2",
            "devices/1",
            "devices/0");
  }

  @Test
  void a_range_includes_both_its_ends() {
    Instant first = clock.instant();
    tell("first");
    clock.passes(Duration.ofHours(1));
    tell("second");
    clock.passes(Duration.ofHours(1));
    tell("third");
    audit.store();

    assertThat(targets(first.plusSeconds(3_600).toString(), first.plusSeconds(7_200).toString()))
        .containsExactly("third", "second");
    assertThat(targets(first.plusSeconds(3_601).toString(), null)).containsExactly("third");
    assertThat(targets(null, first.toString().replace("Z", ""))).containsExactly("first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "2026", "2026-02-16T10:30:00+99:00", "9999-02-01T00:00:00Z"})
  void a_time_that_is_none_is_refused(String time) {
    assertThatThrownBy(() -> AuditRange.of(time, null, null)).isInstanceOf(Problem.class);
    assertThatThrownBy(() -> AuditRange.of(null, time, null)).isInstanceOf(Problem.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1-2-3", "1-2-3-x", "1-2-3-99999999999999999999", "0-1-2-3\n"})
  void a_cursor_that_is_none_is_refused(String cursor) {
    assertThatThrownBy(() -> AuditRange.of(null, null, cursor)).isInstanceOf(Problem.class);
  }

  @Test
  void old_entries_and_those_that_are_too_many_are_removed() {
    tell("old");
    audit.store();
    clock.passes(AuditStore.KEPT.plusSeconds(1));
    for (int i = 0; i < MOST + 5; i++) {
      tell("devices/" + i);
      audit.store();
    }

    assertThat(targets(null, null))
        .hasSize(MOST)
        .startsWith("devices/" + (MOST + 4))
        .endsWith("devices/5");
  }

  @Test
  void hostile_text_is_one_line_of_printable_ascii_and_kept_in_the_database() {
    audit.tell(Action.SIGN_IN, Outcome.REFUSED, HOSTILE, HOSTILE.repeat(100), HOSTILE, "id");
    audit.store();

    AuditEntry entry = store.page(AuditRange.of(null, null, null), 2).get(0).entry();
    String line = entry.line();
    assertThat(line).matches("[ -~]+");
    JsonObject json = Json.createReader(new StringReader(line)).readObject();
    assertThat(json.getString("subject")).isEqualTo("a\r\nb?\u009b31m\u2028\u202e?\"}");
    assertThat(json.getString("target")).hasSize(AuditEntry.LONGEST);
    assertThat(json.getString("outcome")).isEqualTo("refused");
  }

  @Test
  void of_very_many_refusals_a_few_a_minute_are_told_and_they_hide_nothing_that_was_done() {
    store = new AuditStore(database, AuditStore.MOST);
    audit = new Audit(store, new RefusalLimit(clock), clock);
    for (int i = 0; i < 10_000; i++) {
      audit.tell(Action.SIGN_IN, Outcome.REFUSED, "stranger", null, "why", "id");
    }
    tell("devices/1");
    audit.store();

    assertThat(store.page(AuditRange.of(null, null, null), 1_000))
        .hasSize(RefusalLimit.MOST + 1)
        .first()
        .satisfies(row -> assertThat(row.entry().target()).isEqualTo("devices/1"));
    clock.passes(Duration.ofMinutes(1));
    audit.tell(Action.SIGN_IN, Outcome.REFUSED, "stranger", null, "why", "id");
    audit.store();
    assertThat(store.page(AuditRange.of(null, null, null), 1_000)).hasSize(RefusalLimit.MOST + 2);
  }

  @Test
  void a_table_that_takes_nothing_fails_nobody_and_what_comes_later_is_stored()
      throws SQLException {
    execute("alter table audit rename to gone");
    tell("lost");
    audit.store();
    execute("alter table gone rename to audit");
    tell("kept");
    audit.store();

    assertThat(targets(null, null)).containsExactly("kept");
  }

  @Test
  void more_than_can_wait_are_let_go_and_nobody_waits() {
    for (int i = 0; i < Audit.MOST_WAITING + 10; i++) {
      tell("devices/" + i);
    }
    audit.store();

    assertThat(targets(null, null)).startsWith("devices/" + (Audit.MOST_WAITING - 1));
  }

  private void tell(String target) {
    audit.tell(Action.DEVICE_CHANGE, Outcome.DONE, "ann", target, null, "id");
  }

  private List<String> targets(@Nullable String start, @Nullable String end) {
    return store.page(AuditRange.of(start, end, null), 1_000).stream()
        .map(row -> String.valueOf(row.entry().target()))
        .toList();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
