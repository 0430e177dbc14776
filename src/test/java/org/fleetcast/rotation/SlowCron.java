package org.fleetcast.rotation;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Cron as its manual has it, slowly: each day, hour and minute is held against each item. */
final class SlowCron {
  private static final List<String> WEEKDAYS =
      List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");
  private static final List<String> MONTHS =
      List.of(
          "", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");

  private SlowCron() {}

  static Optional<Instant> next(String cron, Instant now) {
    String[] field = cron.toUpperCase(Locale.ROOT).split(" ");
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    return today
        .datesUntil(today.plusYears(30))
        .filter(day -> any(field[3], item -> has(item, day.getMonthValue(), 1, 12, MONTHS)))
        .filter(day -> isDay(day, field[2], field[4]))
        .flatMap(day -> times(day, field[0], field[1]).stream())
        .filter(time -> time.isAfter(now))
        .findFirst();
  }

  private static List<Instant> times(LocalDate day, String minutes, String hours) {
    return IntStream.range(0, 24 * 60)
        .filter(time -> any(hours, item -> has(item, time / 60, 0, 23, List.of())))
        .filter(time -> any(minutes, item -> has(item, time % 60, 0, 59, List.of())))
        .mapToObj(time -> day.atTime(time / 60, time % 60).toInstant(ZoneOffset.UTC))
        .toList();
  }

  private static boolean isDay(LocalDate day, String dates, String weekdays) {
    boolean date = any(dates, item -> isDate(item, day));
    boolean weekday = any(weekdays, item -> isWeekday(item, day));
    boolean both = any(dates, SlowCron::isEvery) || any(weekdays, SlowCron::isEvery);
    return both ? date && weekday : date || weekday;
  }

  private static boolean isEvery(String item) {
    return item.equals("*") || item.equals("*/1");
  }

  private static boolean isDate(String item, LocalDate day) {
    return item.equals("L")
        ? day.plusDays(1).getDayOfMonth() == 1
        : has(item, day.getDayOfMonth(), 1, 31, List.of());
  }

  private static boolean isWeekday(String item, LocalDate day) {
    int weekday = day.getDayOfWeek().getValue() % 7;
    if (item.contains("L") && !item.contains("-")) {
      boolean last = !day.plusDays(7).getMonth().equals(day.getMonth());
      return last && number(item.replace("L", ""), WEEKDAYS) % 7 == weekday;
    }
    if (item.contains("#")) {
      String[] part = item.split("#");
      long before =
          day.withDayOfMonth(1)
              .datesUntil(day.plusDays(1))
              .filter(other -> other.getDayOfWeek() == day.getDayOfWeek())
              .count();
      return number(part[0], WEEKDAYS) % 7 == weekday && before == Integer.parseInt(part[1]);
    }
    return has(item, weekday, 0, 6, WEEKDAYS)
        || (weekday == 0 && !item.startsWith("*") && has(item, 7, 0, 7, WEEKDAYS))
        || (weekday > 0 && wraps(item) && has(item, weekday + 7, 0, 13, WEEKDAYS));
  }

  private static boolean wraps(String item) {
    String[] ends = item.split("/")[0].split("-");
    return ends.length == 2 && number(ends[0], WEEKDAYS) > number(ends[1], WEEKDAYS);
  }

  private static boolean has(String item, int value, int first, int last, List<String> names) {
    String[] part = item.split("/");
    int step = part.length == 1 ? 1 : Integer.parseInt(part[1]);
    String[] ends = part[0].split("-");
    int from = part[0].equals("*") ? first : number(ends[0], names);
    int to = from;
    if (part[0].equals("*") || (ends.length == 1 && part.length == 2)) {
      to = last;
    } else if (ends.length == 2) {
      to = number(ends[1], names);
      to = to < from ? to + 7 : to;
    }
    return value >= from && value <= to && (value - from) % step == 0;
  }

  private static int number(String text, List<String> names) {
    return names.contains(text) ? names.indexOf(text) : Integer.parseInt(text);
  }

  private static boolean any(String field, Predicate<String> test) {
    return Arrays.stream(field.split(",")).anyMatch(test);
  }
}
