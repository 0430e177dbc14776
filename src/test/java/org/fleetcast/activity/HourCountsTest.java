package org.fleetcast.activity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.fleetcast.live.LogLevel;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HourCountsTest {
  private static final long MINUTE = 60_000_000;
  private static final long NOW = LogTime.micros(Instant.parse("2026-02-16T10:30:20.5Z"));

  private final HourCounts recent = new HourCounts(NOW);

  @Test
  void lines_are_counted_in_their_minute_and_level_and_leave_after_an_hour() {
    add(NOW, "E");
    add(NOW + 1, null);
    add(NOW + MINUTE, "W");
    HourCounts.Picture picture = recent.at(NOW + MINUTE);
    assertThat(picture.perMinute()[58]).isEqualTo(2);
    assertThat(picture.perMinute()[59]).isEqualTo(1);
    assertThat(levels(picture)).isEqualTo("E1 W1 I1 D0 V0");
    assertThat(levels(recent.at(NOW + 59 * MINUTE))).isEqualTo("E1 W1 I1 D0 V0");
    assertThat(levels(recent.at(NOW + 60 * MINUTE))).isEqualTo("E0 W1 I0 D0 V0");
    assertThat(levels(recent.at(NOW + 61 * MINUTE))).isEqualTo("E0 W0 I0 D0 V0");
  }

  @Test
  void the_rate_is_that_of_the_last_five_minutes() {
    add(NOW, "I");
    for (int line = 0; line < 13; line++) {
      add(NOW + 5 * MINUTE, "I");
    }
    long halfPast = NOW + 5 * MINUTE - 20_500_000 + MINUTE / 2;
    assertThat(recent.at(halfPast).rate(halfPast)).isEqualTo(2.9);
    assertThat(recent.at(NOW + 10 * MINUTE).rate(NOW + 10 * MINUTE)).isZero();
  }

  @Test
  void a_minute_begins_anew_an_hour_later() {
    add(NOW, "I");
    add(NOW + 60 * MINUTE, "D");
    assertThat(levels(recent.at(NOW + 60 * MINUTE))).isEqualTo("E0 W0 I0 D1 V0");
  }

  @Test
  void an_unknown_level_counts_as_info() {
    add(NOW, "X");
    add(NOW + 1, "EE");
    add(NOW + 2, "");
    assertThat(levels(recent.at(NOW))).isEqualTo("E0 W0 I3 D0 V0");
  }

  @Test
  void a_level_as_a_word_or_number_counts_as_its_letter() {
    add(NOW, "error");
    add(NOW + 1, "WARN");
    add(NOW + 2, "7");
    assertThat(levels(recent.at(NOW))).isEqualTo("E1 W1 I0 D1 V0");
  }

  @Test
  void a_clock_that_fell_back_is_followed() {
    add(NOW + 120 * MINUTE, "E");
    add(NOW, "W");
    add(NOW + 1, "W");
    HourCounts.Picture picture = recent.at(NOW);
    assertThat(levels(picture)).isEqualTo("E0 W2 I0 D0 V0");
    assertThat(last(picture).at()).isEqualTo(NOW + 1);
  }

  @Test
  void the_last_line_is_cut_but_not_within_a_character() {
    String wide = "x".repeat(299) + "\ud83d\ude00";
    recent.add(new StoredLine(NOW, "id", wide, "W"));
    StoredLine last = last(recent.at(NOW));
    assertThat(last.message()).isEqualTo("x".repeat(299));
    assertThat(last.level()).isEqualTo("W");
    recent.add(new StoredLine(NOW + 1, "id2", "y".repeat(300), null));
    assertThat(last(recent.at(NOW)).message()).hasSize(300);
  }

  @Test
  void what_was_before_is_added_once_and_never_in_the_place_of_something_newer() {
    add(NOW, "I");
    HourCounts.Earlier earlier = new HourCounts.Earlier();
    earlier.count(NOW - 1, 0, 3);
    earlier.count(NOW - 10 * MINUTE, 1, 2);
    earlier.count(NOW - 60 * MINUTE, 2, 9); // in the place of the minute of now
    earlier.last(new StoredLine(NOW - 1, "before", "before", null));
    assertThat(recent.missingBefore()).isEqualTo(NOW);
    recent.addEarlier(NOW, earlier);
    recent.addEarlier(NOW, earlier);
    HourCounts.Picture picture = recent.at(NOW);
    assertThat(levels(picture)).isEqualTo("E3 W2 I1 D0 V0");
    assertThat(picture.perMinute()[49]).isEqualTo(2);
    assertThat(picture.perMinute()[59]).isEqualTo(4);
    assertThat(last(picture).at()).isEqualTo(NOW);
    assertThat(picture.whole()).isTrue();
    assertThat(recent.missingBefore()).isNull();
  }

  @Test
  void what_was_read_for_another_beginning_is_not_added() {
    HourCounts.Earlier earlier = new HourCounts.Earlier();
    earlier.count(NOW - 1, 0, 3);
    add(NOW - MINUTE, "I"); // the clock fell back while it was read
    recent.addEarlier(NOW, earlier);
    assertThat(levels(recent.at(NOW))).isEqualTo("E0 W0 I1 D0 V0");
    assertThat(recent.missingBefore()).isEqualTo(NOW - MINUTE);
  }

  @Test
  void the_latest_of_what_was_before_is_the_last_line() {
    HourCounts.Earlier earlier = new HourCounts.Earlier();
    earlier.last(new StoredLine(2, "2", "two", "W"));
    earlier.last(new StoredLine(1, "1", "one", null));
    recent.addEarlier(NOW, earlier);
    assertThat(last(recent.at(NOW)).message()).isEqualTo("two");
  }

  @Test
  void the_last_error_is_one_of_the_last_hour() {
    add(NOW, "error");
    add(NOW + 1, "W");
    assertThat(recent.at(NOW).lastError()).extracting("id").isEqualTo(Long.toString(NOW));
    assertThat(recent.at(NOW + 59 * MINUTE).lastError()).isNotNull();
    assertThat(recent.at(NOW + 60 * MINUTE).lastError()).isNull();
  }

  @Test
  void recent_are_the_errors_of_the_last_five_minutes() {
    add(NOW, "E");
    add(NOW + MINUTE, "E");
    add(NOW + MINUTE, "W");
    assertThat(recent.at(NOW + MINUTE).recentErrors()).isEqualTo(2);
    assertThat(recent.at(NOW + 5 * MINUTE).recentErrors()).isEqualTo(1);
    assertThat(recent.at(NOW + 6 * MINUTE).recentErrors()).isZero();
  }

  @Test
  void the_latest_error_of_what_was_before_is_kept_unless_there_is_a_newer_one() {
    HourCounts.Earlier earlier = new HourCounts.Earlier();
    earlier.last(new StoredLine(NOW - 2, "error", "too hot", "E"));
    earlier.last(new StoredLine(NOW - 1, "line", "still here", null));
    earlier.last(new StoredLine(NOW - 3, "older", "cold", "E"));
    HourCounts other = new HourCounts(NOW);
    recent.addEarlier(NOW, earlier);
    other.add(new StoredLine(NOW, "newer", "hotter", "E"));
    other.addEarlier(NOW, earlier);
    assertThat(recent.at(NOW).lastError()).extracting("id").isEqualTo("error");
    assertThat(last(recent.at(NOW)).id()).isEqualTo("line");
    assertThat(other.at(NOW).lastError()).extracting("id").isEqualTo("newer");
  }

  private void add(long at, @Nullable String level) {
    recent.add(new StoredLine(at, Long.toString(at), "message", level));
  }

  private static StoredLine last(HourCounts.Picture picture) {
    StoredLine last = picture.last();
    assertThat(last).isNotNull();
    return java.util.Objects.requireNonNull(last);
  }

  private static String levels(HourCounts.Picture picture) {
    List<String> counts = new ArrayList<>();
    for (int level = 0; level < picture.levels().length; level++) {
      counts.add(LogLevel.values()[level] + "" + picture.levels()[level]);
    }
    return String.join(" ", counts);
  }
}
