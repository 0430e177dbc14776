package org.fleetcast.rotation;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A cron expression: minute, hour, day of the month, month, day of the week, each a list. Read by
 * ourselves, since the libraries take a list with {@code L} and forget the {@code L}: what is read
 * here counts, and all else is refused.
 */
final class Cron {
  /** After so many years the calendar begins again. */
  private static final int CYCLE_YEARS = 400;

  private static final int FIELDS = 5;
  private static final Map<String, String> MACROS =
      Map.of(
          "@YEARLY", "0 0 1 1 *",
          "@ANNUALLY", "0 0 1 1 *",
          "@MONTHLY", "0 0 1 * *",
          "@WEEKLY", "0 0 * * 0",
          "@DAILY", "0 0 * * *",
          "@MIDNIGHT", "0 0 * * *",
          "@HOURLY", "0 * * * *");

  private final BitSet minutes;
  private final BitSet hours;
  private final BitSet months;
  private final Predicate<LocalDate> days;

  private Cron(List<List<String>> fields) {
    this.minutes = values(CronField.MINUTE, fields.get(0));
    this.hours = values(CronField.HOUR, fields.get(1));
    this.months = values(CronField.MONTH, fields.get(3));
    this.days = CronDays.ofMonth(fields.get(2)).with(CronDays.ofWeek(fields.get(4)));
  }

  /**
   * Reads an expression of five fields, or a macro such as {@code @monthly}.
   *
   * @throws IllegalArgumentException when it is none, with the reason
   */
  static Cron parse(String expression) {
    String text = expression.toUpperCase(Locale.ROOT);
    List<String> fields = List.of(MACROS.getOrDefault(text, text).split(" ", -1));
    if (fields.size() != FIELDS) {
      throw new IllegalArgumentException("it has %d fields".formatted(fields.size()));
    }
    return new Cron(fields.stream().map(field -> List.of(field.split(",", -1))).toList());
  }

  /** The first time after the given one; none when it never comes due. */
  Optional<LocalDateTime> next(LocalDateTime after) {
    LocalDateTime earliest = after.withSecond(0).withNano(0).plusMinutes(1);
    LocalDate last = earliest.toLocalDate().plusYears(CYCLE_YEARS);
    LocalTime from = earliest.toLocalTime();
    for (LocalDate day = earliest.toLocalDate(); day.isBefore(last); day = following(day)) {
      if (months.get(day.getMonthValue()) && days.test(day)) {
        Optional<LocalTime> time = time(from);
        if (time.isPresent()) {
          return time.map(day::atTime);
        }
      }
      from = LocalTime.MIDNIGHT;
    }
    return Optional.empty();
  }

  private LocalDate following(LocalDate day) {
    return months.get(day.getMonthValue()) ? day.plusDays(1) : day.withDayOfMonth(1).plusMonths(1);
  }

  private Optional<LocalTime> time(LocalTime from) {
    int minute = hours.get(from.getHour()) ? minutes.nextSetBit(from.getMinute()) : -1;
    if (minute >= 0) {
      return Optional.of(LocalTime.of(from.getHour(), minute));
    }
    int hour = hours.nextSetBit(from.getHour() + 1);
    return hour < 0 ? Optional.empty() : Optional.of(LocalTime.of(hour, minutes.nextSetBit(0)));
  }

  private static BitSet values(CronField field, List<String> items) {
    BitSet all = new BitSet();
    items.forEach(item -> all.or(field.values(item)));
    return all;
  }
}
