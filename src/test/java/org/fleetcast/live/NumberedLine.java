package org.fleetcast.live;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** A line that is its number: later lines have higher ones. Even ones are of level W, odd of I. */
record NumberedLine(int number) implements LiveLine {
  private static final Pattern NUMBER = Pattern.compile("\"n\":(\\d+)");

  static final long START = 1_000_000_000;

  @Override
  public long at() {
    return at(number);
  }

  static long at(int number) {
    return START + number;
  }

  @Override
  public String entityId() {
    return "a";
  }

  @Override
  public byte[] json() {
    return ("{\"n\":" + number + "}").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public LineFilter.Text text() {
    return LineFilter.Text.of(number % 2 == 0 ? "W" : "I", "line " + number, LineFields.NONE);
  }

  /** The numbers of the lines in a text. */
  static List<Integer> numbers(String text) {
    return NUMBER.matcher(text).results().map(found -> Integer.valueOf(found.group(1))).toList();
  }
}
