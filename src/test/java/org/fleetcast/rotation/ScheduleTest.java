package org.fleetcast.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
  private static final Instant MONDAY = Instant.parse("2026-02-16T10:30:15Z");
  private static final CronParser LIBRARY = new CronParser(definition());

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
        "0 0 L,15 * *  | 2026-02-28T00:00:00Z",
        "0 0 15,L * *  | 2026-02-28T00:00:00Z",
        "0 0 1-3,L * * | 2026-02-28T00:00:00Z",
        "0 8 * * 5L,1  | 2026-02-23T08:00:00Z",
        "0 8 * * 1#4,FRIL | 2026-02-23T08:00:00Z",
        "0 8 * * LFRI  | 2026-02-27T08:00:00Z",
        "0 8 L * 6#4   | 2026-02-28T08:00:00Z",
        "0 8 * * FRI-MON | 2026-02-20T08:00:00Z",
        "0 8 * * MON-FRI/2 | 2026-02-18T08:00:00Z",
        "0 8 * jan-mar/2 sun | 2026-03-01T08:00:00Z",
        "0 8 20/5 * *  | 2026-02-20T08:00:00Z",
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
  void a_list_with_the_last_day_of_the_month_names_each_of_its_days() {
    Schedule schedule = schedule("0 0 L,15 * *");
    Instant now = Instant.parse("2026-11-28T12:00:00Z");
    for (String day : List.of("2026-11-30", "2026-12-15", "2026-12-31", "2027-01-15")) {
      now = schedule.next(now).orElseThrow();
      assertThat(now).isEqualTo(Instant.parse(day + "T00:00:00Z"));
    }
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
        "0 0 LW * *",
        "0 0 L-3 * *",
        "0 0 15W,L * *",
        "0 0 L/2 * *",
        "0 0 1-L * *",
        "0 0 5L * *",
        "0 0 1#2 * *",
        "0 0 * L *",
        "L 0 * * *",
        "0 8 * * 5L-6",
        "0 8 * * 6#1-3",
        "0 8 * * 6#1/2",
        "0 8 * * 8L",
        "0 8 * * XYZ",
        "0 8 * * 1,,2",
        "0 8 * * 1,",
        "0 8 FRI * *",
        "0 8 1 MON *",
        "*-5 * * * *",
        "*/90 * * * *",
        "@",
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

  @Property(tries = 1000, seed = "1")
  void the_next_time_is_the_first_that_the_fields_name(
      @ForAll("expressions") String cron, @ForAll("instants") Instant now) {
    Optional<Instant> expected = SlowCron.next(cron, now);
    if (expected.isPresent()) {
      assertThat(schedule(cron).next(now)).as(cron).isEqualTo(expected);
    }
  }

  @Property(tries = 1000)
  @Tag("long")
  void the_next_time_is_the_first_that_the_fields_name_with_any_seed(
      @ForAll("expressions") String cron, @ForAll("instants") Instant now) {
    the_next_time_is_the_first_that_the_fields_name(cron, now);
  }

  @Property(tries = 500, seed = "1")
  void what_a_library_reads_right_is_read_the_same(
      @ForAll("singles") String cron, @ForAll("instants") Instant now) {
    Optional<Instant> expected =
        ExecutionTime.forCron(LIBRARY.parse(cron))
            .nextExecution(now.atZone(ZoneOffset.UTC))
            .map(ZonedDateTime::toInstant);
    assertThat(schedule(cron).next(now)).as(cron).isEqualTo(expected);
  }

  @Property(tries = 500)
  @Tag("long")
  void what_a_library_reads_right_is_read_the_same_with_any_seed(
      @ForAll("singles") String cron, @ForAll("instants") Instant now) {
    what_a_library_reads_right_is_read_the_same(cron, now);
  }

  @Property(tries = 200, seed = "1")
  void the_next_time_is_after_now_and_due_says_the_same(
      @ForAll("expressions") String cron,
      @ForAll("instants") Instant since,
      @ForAll("instants") Instant now) {
    if (SlowCron.next(cron, since).isEmpty()) {
      return; // February the 30th
    }
    Schedule schedule = schedule(cron);
    Instant next = schedule.next(since).orElseThrow();
    assertThat(next).isAfter(since);
    assertThat(schedule.due(since, now)).isEqualTo(!next.isAfter(now));
    assertThat(schedule.due(since, next)).isTrue();
    assertThat(schedule.due(since, next.minusNanos(1))).isFalse();
  }

  @Property(tries = 200)
  @Tag("long")
  void the_next_time_is_after_now_and_due_says_the_same_with_any_seed(
      @ForAll("expressions") String cron,
      @ForAll("instants") Instant since,
      @ForAll("instants") Instant now) {
    the_next_time_is_after_now_and_due_says_the_same(cron, since, now);
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
    Arbitrary<String> day = oneOf(items(1, 31), Arbitraries.just("L"));
    Arbitrary<String> weekday = oneOf(items(0, 7), wrapped(), ofTheMonth(), names());
    return Combinators.combine(
            list(items(0, 59)),
            list(items(0, 23)),
            list(day),
            list(oneOf(items(1, 12), Arbitraries.of("JAN", "FEB-apr", "Dec"))),
            list(weekday))
        .as((minute, hour, date, month, week) -> join(minute, hour, date, month, week));
  }

  /** What the library takes: one item a field, and one field for the days. */
  @Provide
  Arbitrary<String> singles() {
    Arbitrary<String> day = oneOf(items(1, 28), Arbitraries.just("L")).map(item -> item + " * *");
    Arbitrary<String> weekday = oneOf(items(0, 6), ofTheMonth()).map(item -> "* * " + item);
    return Combinators.combine(items(0, 59), items(0, 23), oneOf(day, weekday))
        .as((minute, hour, days) -> join(minute, hour, days));
  }

  @SafeVarargs
  private static Arbitrary<String> oneOf(Arbitrary<String>... kinds) {
    return Arbitraries.oneOf(List.of(kinds));
  }

  private static Arbitrary<String> list(Arbitrary<String> item) {
    Arbitrary<String> some =
        item.list().ofMinSize(1).ofMaxSize(3).map(all -> String.join(",", all));
    return Arbitraries.oneOf(List.of(Arbitraries.just("*"), some));
  }

  private static Arbitrary<String> items(int first, int last) {
    Arbitrary<Integer> value = Arbitraries.integers().between(first, last);
    Arbitrary<String> range =
        Combinators.combine(value, value)
            .as((one, other) -> Math.min(one, other) + "-" + Math.max(one, other));
    Arbitrary<String> by = Arbitraries.integers().between(1, 5).map(step -> "/" + step);
    return oneOf(
        value.map(String::valueOf),
        range,
        Combinators.combine(range, by).as(String::concat),
        by.map("*"::concat));
  }

  private static Arbitrary<String> wrapped() {
    Arbitrary<Integer> day = Arbitraries.integers().between(0, 7);
    return Combinators.combine(day, day).as((from, to) -> from + "-" + to);
  }

  private static Arbitrary<String> names() {
    return Arbitraries.of("MON-FRI", "fri-mon", "SAT,sun", "SunL", "LWED", "TUE#2", "MON-SUN/3");
  }

  private static Arbitrary<String> ofTheMonth() {
    Arbitrary<Integer> day = Arbitraries.integers().between(0, 6);
    return Combinators.combine(day, Arbitraries.of("L", "#1", "#2", "#3", "#4"))
        .as((weekday, which) -> weekday + which);
  }

  private static String join(String... fields) {
    return String.join(" ", fields);
  }

  private static Schedule schedule(String cron) {
    return new Schedule(Optional.of(cron));
  }

  private static CronDefinition definition() {
    return CronDefinitionBuilder.defineCron()
        .withMinutes()
        .withValidRange(0, 59)
        .withStrictRange()
        .and()
        .withHours()
        .withValidRange(0, 23)
        .withStrictRange()
        .and()
        .withDayOfMonth()
        .withValidRange(1, 31)
        .supportsL()
        .withStrictRange()
        .and()
        .withMonth()
        .withValidRange(1, 12)
        .withStrictRange()
        .and()
        .withDayOfWeek()
        .withValidRange(0, 7)
        .withMondayDoWValue(1)
        .withIntMapping(7, 0)
        .supportsHash()
        .supportsL()
        .and()
        .withSupportedNicknameYearly()
        .withSupportedNicknameAnnually()
        .withSupportedNicknameMonthly()
        .withSupportedNicknameWeekly()
        .withSupportedNicknameDaily()
        .withSupportedNicknameMidnight()
        .withSupportedNicknameHourly()
        .instance();
  }
}
