package org.fleetcast.rotation;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A field of a cron expression: the range of its values, and the names that some of them have. */
enum CronField {
  MINUTE("minute", 0, 59),
  HOUR("hour", 0, 23),
  DAY("day of the month", 1, 31),
  MONTH(
      "month", 1, 12, "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV",
      "DEC"),
  /** 0 is Sunday, and so is 7. */
  WEEKDAY("day of the week", 0, 7, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

  private static final int DAYS_OF_A_WEEK = 7;
  private static final Pattern ITEM =
      Pattern.compile("(?:\\*|(\\w+)(?:-(\\w+))?)(?:/([0-9]{1,2}))?");

  private final String title;
  private final int first;
  private final int last;
  private final List<String> names;

  CronField(String title, int first, int last, String... names) {
    this.title = title;
    this.first = first;
    this.last = last;
    this.names = Arrays.asList(names);
  }

  /**
   * The values that one item of a list names: {@code *}, a value, or a range, each with a step if
   * one likes. A range of weekdays may go over the end of the week, as {@code FRI-MON} does.
   *
   * @throws IllegalArgumentException when it names none, with the reason
   */
  BitSet values(String item) {
    Matcher match = ITEM.matcher(item);
    if (!match.matches()) {
      throw refused(item);
    }
    int step = match.group(3) == null ? 1 : Integer.parseInt(match.group(3));
    if (step < 1 || step > last) {
      throw new IllegalArgumentException(
          "\"%s\" has a step that is not from 1 to %d".formatted(item, last));
    }
    int from = match.group(1) == null ? first : value(match.group(1), item);
    int until = until(match, from, item);
    BitSet values = new BitSet();
    for (int value = from; value <= until; value += step) {
      values.set(this == WEEKDAY ? value % DAYS_OF_A_WEEK : value);
    }
    return values;
  }

  private int until(Matcher match, int from, String item) {
    if (match.group(2) != null) {
      return end(from, value(match.group(2), item), item);
    }
    boolean single = match.group(1) != null && match.group(3) == null;
    return single ? from : Math.max(from, this == WEEKDAY ? DAYS_OF_A_WEEK - 1 : last);
  }

  private int end(int from, int until, String item) {
    if (until >= from) {
      return until;
    }
    if (this != WEEKDAY) {
      throw new IllegalArgumentException("\"%s\" begins after its end".formatted(item));
    }
    return until + DAYS_OF_A_WEEK;
  }

  /** The value that a number or a name stands for. */
  int value(@Nullable String text, String item) {
    int named = names.indexOf(text);
    if (named >= 0) {
      return first + named;
    }
    if (text == null || !text.matches("[0-9]{1,2}")) {
      throw refused(item);
    }
    int value = Integer.parseInt(text);
    if (value < first || value > last) {
      throw new IllegalArgumentException(
          "%s %d is not from %d to %d".formatted(title, value, first, last));
    }
    return value;
  }

  /** That an item is none of this field. */
  private IllegalArgumentException refused(String item) {
    return new IllegalArgumentException("\"%s\" is no %s".formatted(item, title));
  }
}
