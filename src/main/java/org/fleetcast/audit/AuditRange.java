package org.fleetcast.audit;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fleetcast.problem.Problem;
import org.fleetcast.time.IsoTime;
import org.jspecify.annotations.Nullable;

/**
 * Which entries are asked for.
 *
 * @param from the first time, inclusive
 * @param to the last time, inclusive
 * @param before only entries before this place: a time, and a number among those of that time
 */
record AuditRange(Instant from, Instant to, Instant before, long beforeId) {
  /** What both databases can hold. */
  private static final Instant EVER = Instant.EPOCH;

  private static final Instant FOR_GOOD = Instant.parse("9999-01-01T00:00:00Z");
  private static final long MICROS = 1_000_000;

  /** The range and the place behind it, in microseconds of the epoch, and the number. */
  private static final Pattern CURSOR =
      Pattern.compile("([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,18})");

  /**
   * The range of a request's parameters; a cursor replaces the others.
   *
   * @throws Problem 400 when they make no sense
   */
  static AuditRange of(@Nullable String start, @Nullable String end, @Nullable String cursor) {
    if (cursor != null) {
      return continued(cursor);
    }
    Instant from = start == null ? EVER : time("start", start);
    Instant to = end == null ? FOR_GOOD : time("end", end);
    if (from.isAfter(to)) {
      throw Problem.invalid("start", "must not be later than end");
    }
    return new AuditRange(from, to, FOR_GOOD, Long.MAX_VALUE);
  }

  private static AuditRange continued(String cursor) {
    Matcher parts = CURSOR.matcher(cursor);
    if (!parts.matches()) {
      throw Problem.invalid("cursor", "must be the next_cursor of a page");
    }
    return new AuditRange(
        instant(parts.group(1)),
        instant(parts.group(2)),
        instant(parts.group(3)),
        Long.parseLong(parts.group(4)));
  }

  /** The cursor of what follows that entry. */
  String after(Instant at, long id) {
    return micros(from) + "-" + micros(to) + "-" + micros(at) + "-" + id;
  }

  private static Instant time(String name, String text) {
    Instant time =
        IsoTime.parse(text).orElseThrow(() -> Problem.invalid(name, "must be an ISO-8601 time"));
    if (time.isBefore(EVER) || time.isAfter(FOR_GOOD)) {
      throw Problem.invalid(name, "must be a time from 1970 to 9998");
    }
    return time.truncatedTo(ChronoUnit.MICROS);
  }

  private static long micros(Instant time) {
    return time.getEpochSecond() * MICROS + time.getNano() / 1_000;
  }

  private static Instant instant(String micros) {
    long value = Long.parseLong(micros);
    Instant time = Instant.ofEpochSecond(value / MICROS, value % MICROS * 1_000);
    return time.isAfter(FOR_GOOD) ? FOR_GOOD : time;
  }
}
