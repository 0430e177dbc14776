package org.fleetcast.sink;

import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.fleetcast.time.IsoTime;

/** Times of log lines: microseconds since 1970 inside, ISO-8601 UTC with six digits outside. */
public final class LogTime {
  private static final DateTimeFormatter SIX_DIGITS =
      new DateTimeFormatterBuilder().appendInstant(6).toFormatter();
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu.MM.dd");
  private static final long MICROS = 1_000_000;

  private LogTime() {}

  public static long micros(Instant instant) {
    // Not ChronoUnit.between, which counts nanoseconds and so ends at 1677 and 2262.
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), MICROS), instant.getNano() / 1_000);
  }

  static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  /** As clients compare it: {@code 2026-02-16T10:30:00.123456Z}. */
  public static String text(long micros) {
    return SIX_DIGITS.format(instant(micros));
  }

  /** The UTC day of that time, as index names carry it: {@code 2026.02.16}. */
  public static String day(long micros) {
    return DAY.format(LocalDate.ofEpochDay(Math.floorDiv(micros, 86_400 * MICROS)));
  }

  /**
   * Reads an ISO-8601 time with an offset; one without is UTC. Finer than a microsecond is cut, and
   * one that is too far away counts as the farthest there is.
   */
  public static Optional<Long> parse(String text) {
    return IsoTime.parse(text).map(LogTime::nearest);
  }

  private static long nearest(Instant instant) {
    try {
      return micros(instant);
    } catch (ArithmeticException beyond) {
      return instant.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }
}
