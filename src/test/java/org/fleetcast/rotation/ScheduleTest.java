package org.fleetcast.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.IntPredicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
  private static final Instant MONDAY = Instant.parse("2026-02-16T10:30:15Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 8 * * 6#1   | 2026-03-07T08:00:00Z",
        "0 8 * * 6#3   | 2026-02-21T08:00:00Z",
        "0 8 * * 6#1,6#3 | 2026-02-21T08:00:00Z",
        "0 8 * * SAT#1 | 2026-03-07T08:00:00Z",
        "0 8 L * *     | 2026-02-28T08:00:00Z",
        "0 8 l * *     | 2026-02-28T08:00:00Z",
        "0 8 * * 5L    | 2026-02-27T08:00:00Z",
        "0 8 * * L5    | 2026-02-27T08:00:00Z",
        "0 8 * * 6     | 2026-02-21T08:00:00Z",
        "0 8 * * 0     | 2026-02-22T08:00:00Z",
        "0 8 * * 7     | 2026-02-22T08:00:00Z",
        "0 8 * * sun   | 2026-02-22T08:00:00Z",
        "0 8 * * 6-7   | 2026-02-21T08:00:00Z",
        "0 8 * * 7#1   | 2026-03-01T08:00:00Z",
        "30 10 * * *   | 2026-02-17T10:30:00Z",
        "31 10 * * *   | 2026-02-16T10:31:00Z",
        "*/20 8-11 * * 1-5 | 2026-02-16T10:40:00Z",
        "0 0 29 2 *    | 2028-02-29T00:00:00Z",
        "0 0 * 2 6#5   | 2048-02-29T00:00:00Z",
        "  0\t8 * * 6  | 2026-02-21T08:00:00Z",
        "@yearly       | 2027-01-01T00:00:00Z",
        "@annually     | 2027-01-01T00:00:00Z",
        "@monthly      | 2026-03-01T00:00:00Z",
        "@Monthly      | 2026-03-01T00:00:00Z",
        "@weekly       | 2026-02-22T00:00:00Z",
        "@daily        | 2026-02-17T00:00:00Z",
        "@midnight     | 2026-02-17T00:00:00Z",
        "@hourly       | 2026-02-16T11:00:00Z",
      })
  void the_next_time_is_that_of_cron_in_utc(String cron, Instant expected) {
    assertThat(schedule(cron).next(MONDAY)).contains(expected);
  }

  @Test
  void a_day_of_the_month_and_a_day_of_the_week_are_either_enough() {
    Schedule schedule = schedule("0 8 1-7 * 6");
    Instant saturday = Instant.parse("2026-02-28T08:00:00Z");
    Instant theFirst = Instant.parse("2026-03-01T08:00:00Z");
    assertThat(schedule.next(Instant.parse("2026-02-21T08:00:00Z"))).contains(saturday);
    assertThat(schedule.next(saturday)).contains(theFirst);
  }

  @Test
  void a_step_over_all_days_is_a_given_day_too() {
    Schedule schedule = schedule("0 8 */2 * 1");
    Instant oddTuesday = Instant.parse("2026-02-17T08:00:00Z");
    Instant evenMonday = Instant.parse("2026-03-02T08:00:00Z");
    assertThat(schedule.next(MONDAY)).contains(oddTuesday);
    assertThat(schedule.next(Instant.parse("2026-03-01T08:00:00Z"))).contains(evenMonday);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 8",
        "* * * *",
        "* * * * * *",
        "0 8 * * * 2026",
        "30-10 * * * *",
        "0 8 7-1 * *",
        "*/0 * * * *",
        "0 8 ? * 1",
        "0 8 * * L",
        "0 8 * * 1,L",
        "0 0 31 2 *",
        "0 8 * * 6#6",
        "0 8 * * 6#0",
        "@reboot",
        "@never",
        "every day",
        "-1 * * * *",
        "99999999999 * * * *",
        "\"0 8 * * *\"",
      })
  void what_is_no_schedule_is_refused_with_its_key(String cron) {
    assertThatThrownBy(() -> schedule(cron))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("ROTATION_CRON must be five cron fields or a macro")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void without_an_expression_nothing_ever_comes_due() {
    for (Schedule none : new Schedule[] {new Schedule(Optional.empty()), schedule("  ")}) {
      assertThat(none.next(MONDAY)).isEmpty();
      assertThat(none.due(Instant.EPOCH, MONDAY)).isFalse();
    }
  }

  @Test
  void it_is_due_from_the_very_time_on_and_once() {
    Schedule daily = schedule("@daily");
    Instant midnight = Instant.parse("2026-02-16T00:00:00Z");
    assertThat(daily.due(midnight.minusSeconds(60), midnight.minusNanos(1))).isFalse();
    assertThat(daily.due(midnight.minusSeconds(60), midnight)).isTrue();
    assertThat(daily.due(midnight.minusNanos(1), midnight)).isTrue();
    assertThat(daily.due(midnight, midnight.plusSeconds(86_399))).isFalse();
    assertThat(daily.due(midnight, midnight.plusSeconds(86_400 * 30))).isTrue();
    assertThat(daily.due(midnight.plusSeconds(60), midnight)).isFalse();
  }

  @Property(tries = 400)
  void the_next_time_is_the_first_that_the_fields_name(
      @ForAll("expressions") String cron, @ForAll("instants") Instant now) {
    Optional<Instant> expected = Fields.of(cron).next(now);
    if (expected.isPresent()) {
      assertThat(schedule(cron).next(now)).isEqualTo(expected);
    }
  }

  @Property(tries = 400)
  void the_next_time_is_after_now_and_due_says_the_same(
      @ForAll("expressions") String cron,
      @ForAll("instants") Instant since,
      @ForAll("instants") Instant now) {
    if (Fields.of(cron).next(since).isEmpty()) {
      return; // February the 30th
    }
    Schedule schedule = schedule(cron);
    Instant next = schedule.next(since).orElseThrow();
    assertThat(next).isAfter(since);
    assertThat(schedule.due(since, now)).isEqualTo(!next.isAfter(now));
    assertThat(schedule.due(since, next)).isTrue();
    assertThat(schedule.due(since, next.minusNanos(1))).isFalse();
  }

  @Provide
  Arbitrary<Instant> instants() {
    return Arbitraries.longs()
        .between(
            Instant.parse("2024-01-01T00:00:00Z").getEpochSecond(),
            Instant.parse("2032-01-01T00:00:00Z").getEpochSecond())
        .flatMap(
            seconds ->
                Arbitraries.of(0, 1, 500_000_000, 999_999_999)
                    .map(nanos -> Instant.ofEpochSecond(seconds, nanos)));
  }

  @Provide
  Arbitrary<String> expressions() {
    return Combinators.combine(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
        .as(
            (minute, hour, day, month, weekday) ->
                String.join(" ", minute, hour, day, month, weekday));
  }

  private static Arbitrary<String> field(int first, int last) {
    Arbitrary<Integer> value = Arbitraries.integers().between(first, last);
    Arbitrary<String> range =
        Combinators.combine(value, value)
            .as((one, other) -> Math.min(one, other) + "-" + Math.max(one, other));
    Arbitrary<String> step = Arbitraries.integers().between(1, last - first).map(by -> "*/" + by);
    return Arbitraries.oneOf(
        Arbitraries.just("*"),
        value.map(String::valueOf),
        range,
        value.map(String::valueOf).list().ofSize(2).map(both -> String.join(",", both)),
        step);
  }

  private static Schedule schedule(String cron) {
    return new Schedule(Optional.of(cron));
  }

  /** Cron as its manual has it, slowly: day by day, hour by hour, minute by minute. */
  private record Fields(BitSet minutes, BitSet hours, IntPredicate months, DayRule days) {
    static Fields of(String cron) {
      String[] field = cron.split(" ");
      BitSet months = set(field[3], 1, 12);
      BitSet days = set(field[2], 1, 31);
      BitSet weekdays = set(field[4], 0, 6);
      boolean anyDay = field[2].matches("\\*(/1)?");
      boolean anyWeekday = field[4].matches("\\*(/1)?");
      DayRule rule =
          (day, weekday) ->
              anyDay || anyWeekday
                  ? days.get(day) && weekdays.get(weekday)
                  : days.get(day) || weekdays.get(weekday);
      return new Fields(set(field[0], 0, 59), set(field[1], 0, 23), months::get, rule);
    }

    Optional<Instant> next(Instant now) {
      LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
      return today
          .datesUntil(today.plusYears(30))
          .filter(day -> months.test(day.getMonthValue()))
          .filter(day -> days.has(day.getDayOfMonth(), day.getDayOfWeek().getValue() % 7))
          .flatMap(
              day ->
                  hours.stream()
                      .boxed()
                      .flatMap(hour -> minutes.stream().mapToObj(m -> day.atTime(hour, m))))
          .map(time -> time.toInstant(ZoneOffset.UTC))
          .filter(time -> time.isAfter(now))
          .findFirst();
    }

    private static BitSet set(String field, int first, int last) {
      BitSet set = new BitSet();
      for (String part : field.split(",")) {
        if (part.startsWith("*")) {
          int step = part.equals("*") ? 1 : Integer.parseInt(part.substring(2));
          for (int value = first; value <= last; value += step) {
            set.set(value);
          }
        } else {
          String[] ends = part.split("-");
          set.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
        }
      }
      return set;
    }

    interface DayRule {
      boolean has(int day, int weekday);
    }
  }
}
