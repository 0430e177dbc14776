package org.fleetcast.live;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The id of an event: a position in the log, the same on every replica and after a restart. Where a
 * message brought lines of several entities, it also says between which lines that message lies:
 * then some of its events may have been received and others not.
 *
 * @param at the time of the last line received, in microseconds since 1970
 * @param from the time of the last line before the message
 * @param to the time of the last line of the message; all events of it were received if that is at
 */
public record EventId(long at, long from, long to) implements Comparable<EventId> {
  /** One that names no position. */
  public static final EventId NONE = new EventId(-1, -1, -1);

  private static final Pattern OPAQUE = Pattern.compile("[A-Za-z0-9._~:-]{1,256}");
  private static final Pattern POSITION =
      Pattern.compile("(\\d{1,18})(?:\\.(\\d{1,18})\\.(\\d{1,18}))?");

  /** All lines up to that time. */
  public static EventId upTo(long at) {
    return new EventId(at, at, at);
  }

  /** Whether a text may be an event id at all, ours or somebody else's. */
  public static boolean isOpaque(String text) {
    return OPAQUE.matcher(text).matches();
  }

  /** Reads what {@link #text} wrote; {@link #NONE} when it is something else. */
  public static EventId of(String text) {
    Matcher position = POSITION.matcher(text);
    if (!position.matches()) {
      return NONE;
    }
    long at = Long.parseLong(position.group(1));
    return position.group(2) == null
        ? upTo(at)
        : new EventId(at, Long.parseLong(position.group(2)), Long.parseLong(position.group(3)));
  }

  String text() {
    return at == to ? Long.toString(at) : at + "." + from + "." + to;
  }

  /** Whether it names a position that the log has reached. */
  boolean isWithin(long last) {
    return at >= 0 && to <= last;
  }

  EventId max(EventId other) {
    return compareTo(other) >= 0 ? this : other;
  }

  EventId min(EventId other) {
    return compareTo(other) <= 0 ? this : other;
  }

  @Override
  public int compareTo(EventId other) {
    return to == other.to ? Long.compare(at, other.at) : Long.compare(to, other.to);
  }
}
