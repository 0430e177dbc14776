package org.fleetcast.history;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/**
 * What part of a device's history is asked for: a range of time with both ends included, the end
 * from which to read it, and the row after which to go on.
 *
 * @param from microseconds since 1970; the smallest long for "since ever"
 * @param past the row that was the last of the page before; null for the first page
 */
public record HistoryRange(long from, long to, boolean backward, @Nullable Place past) {
  /**
   * Since ever, as Elasticsearch can still say it: the first and last microsecond that it keeps.
   */
  public static final long EVER = 0;

  static final long FOREVER = Long.MAX_VALUE / 1_000 - 1;

  private static final Duration HOUR = Duration.ofHours(1);

  /** A row's place in the order of all rows. */
  record Place(long at, String id) {}

  /**
   * Reads the query parameters.
   *
   * @throws Problem 400 when a time or cursor does not parse, or the range ends before it starts
   */
  static HistoryRange of(
      @Nullable String start, @Nullable String end, @Nullable String cursor, Instant now) {
    long last = end == null ? LogTime.micros(now) : time("end", end);
    long first = start == null ? LogTime.micros(now.minus(HOUR)) : time("start", start);
    if (start != null && end != null && first > last) {
      throw Problem.invalid("start", "must not be after end");
    }
    if (cursor != null) {
      return ofCursor(cursor);
    }
    if (start == null && end != null) {
      return new HistoryRange(EVER, kept(last), true, null);
    }
    return new HistoryRange(kept(first), kept(last), false, null);
  }

  /**
   * The range of a histogram: the last hour before its end where it has no start.
   *
   * @throws Problem 400 when a time does not parse, or the range ends before it starts
   */
  static HistoryRange toCount(@Nullable String start, @Nullable String end, Instant now) {
    HistoryRange range = of(start, end, null, now);
    return range.backward
        ? new HistoryRange(kept(range.to - HOUR.toSeconds() * 1_000_000), range.to, false, null)
        : new HistoryRange(range.from, Math.max(range.from, range.to), false, null);
  }

  private static long time(String field, String text) {
    return LogTime.parse(text)
        .orElseThrow(() -> Problem.invalid(field, "must be an ISO-8601 time"));
  }

  /** The nearest time that Elasticsearch can keep: no line is earlier or later. */
  private static long kept(long at) {
    return Math.max(EVER, Math.min(FOREVER, at));
  }

  /** The earliest time of what is left of it, microseconds since 1970. */
  long first() {
    return past == null || backward ? from : Math.max(from, past.at);
  }

  /** The latest time of what is left of it. */
  long last() {
    return past == null || !backward ? to : Math.min(to, past.at);
  }

  /** The same range, read from its beginning to its end. */
  HistoryRange forward() {
    return new HistoryRange(from, to, false, null);
  }

  /** The range that is left after a page that ended with that row. */
  HistoryRange after(StoredLine row) {
    return new HistoryRange(from, to, backward, new Place(row.at(), row.id()));
  }

  /**
   * The range that is left when all of it was read up to a time.
   *
   * @param reached the last microsecond that was read, or the first when backward
   */
  HistoryRange beyond(long reached) {
    return new HistoryRange(from, to, backward, new Place(backward ? reached : reached + 1, ""));
  }

  /** Whether a time lies in what was read so far. */
  boolean within(long at, long reached) {
    return backward ? at >= reached : at <= reached;
  }

  /** What was read by both of two readers; null when each read all of it. */
  @Nullable Long nearer(@Nullable Long one, @Nullable Long other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return backward ? Math.max(one, other) : Math.min(one, other);
  }

  /** The range as a cursor, which holds all that the next page needs. */
  String cursor() {
    Place place = past == null ? new Place(from, "") : past;
    String text = (backward ? "b" : "f") + "|" + from + "|" + to + "|" + place.at + "|" + place.id;
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static HistoryRange ofCursor(String cursor) {
    try {
      String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
      List<String> parts = List.of(text.split("\\|", 5));
      if (parts.size() == 5 && (parts.get(0).equals("b") || parts.get(0).equals("f"))) {
        Place past = new Place(kept(Long.parseLong(parts.get(3))), parts.get(4));
        return new HistoryRange(
            kept(Long.parseLong(parts.get(1))),
            kept(Long.parseLong(parts.get(2))),
            parts.get(0).equals("b"),
            past);
      }
    } catch (IllegalArgumentException malformed) {
      throw Problem.invalid("cursor", "is not one that this service gave out");
    }
    throw Problem.invalid("cursor", "is not one that this service gave out");
  }

  /** Whether a row lies in the range and beyond the page before. */
  boolean holds(StoredLine row) {
    return holds(row.at(), row.id());
  }

  /** The same of whatever has a time and an id. */
  boolean holds(long at, String id) {
    if (at < from || at > to) {
      return false;
    }
    if (past == null) {
      return true;
    }
    int order = at == past.at ? id.compareTo(past.id) : Long.compare(at, past.at);
    return backward ? order < 0 : order > 0;
  }
}
