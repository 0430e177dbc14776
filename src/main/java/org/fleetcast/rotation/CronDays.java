package org.fleetcast.rotation;

import java.time.LocalDate;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which days one of the two day fields of a cron expression names. */
record CronDays(boolean given, Predicate<LocalDate> names) {
  private static final String DAY_NAME = "([0-7]|[A-Z]{3})";
  private static final Pattern EVERY = Pattern.compile("\\*(/1)?");
  private static final Pattern LAST = Pattern.compile(DAY_NAME + "L|L" + DAY_NAME);
  private static final Pattern NTH = Pattern.compile(DAY_NAME + "#([1-5])");
  private static final int DAYS_OF_A_WEEK = 7;

  /** By days of the month, of which {@code L} is the last. */
  static CronDays ofMonth(List<String> items) {
    return of(items, CronDays::dayOfMonth);
  }

  /** By days of the week: also {@code 6#1}, the first Saturday of the month, or {@code 6L}. */
  static CronDays ofWeek(List<String> items) {
    return of(items, CronDays::dayOfWeek);
  }

  /** The days of a month and a week together: with both given, either is enough. */
  Predicate<LocalDate> with(CronDays other) {
    return given && other.given ? names.or(other.names) : names.and(other.names);
  }

  private static CronDays of(List<String> items, Function<String, Predicate<LocalDate>> reader) {
    Stream<Predicate<LocalDate>> each = items.stream().map(reader);
    boolean every = items.stream().anyMatch(item -> EVERY.matcher(item).matches());
    return new CronDays(!every, each.reduce(Predicate::or).orElseThrow());
  }

  private static Predicate<LocalDate> dayOfMonth(String item) {
    if (item.equals("L")) {
      return day -> day.getDayOfMonth() == day.lengthOfMonth();
    }
    BitSet days = CronField.DAY.values(item);
    return day -> days.get(day.getDayOfMonth());
  }

  private static Predicate<LocalDate> dayOfWeek(String item) {
    if (item.equals("L")) {
      throw new IllegalArgumentException("L as day of the week needs a day, as in 6L");
    }
    Matcher last = LAST.matcher(item);
    if (last.matches()) {
      int weekday = weekday(last.group(1) == null ? last.group(2) : last.group(1), item);
      return day ->
          weekday(day) == weekday && day.getDayOfMonth() + DAYS_OF_A_WEEK > day.lengthOfMonth();
    }
    Matcher nth = NTH.matcher(item);
    if (nth.matches()) {
      int weekday = weekday(nth.group(1), item);
      int week = Integer.parseInt(nth.group(2));
      return day ->
          weekday(day) == weekday && (day.getDayOfMonth() - 1) / DAYS_OF_A_WEEK == week - 1;
    }
    BitSet days = CronField.WEEKDAY.values(item);
    return day -> days.get(weekday(day));
  }

  private static int weekday(String name, String item) {
    return CronField.WEEKDAY.value(name, item) % DAYS_OF_A_WEEK;
  }

  private static int weekday(LocalDate day) {
    return day.getDayOfWeek().getValue() % DAYS_OF_A_WEEK;
  }
}
