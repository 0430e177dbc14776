package org.fleetcast.live;

import java.util.ArrayList;
import java.util.List;

/**
 * The last stored lines of what is followed, in events of moderate size, ascending.
 *
 * @param until the time up to which lines were read, in microseconds since 1970
 * @param missing how many lines could not be read, at most
 */
public record Tail(Scope scope, List<Publication> parts, long until, int missing) {
  /** As much of it is ever shown. */
  public static final int MAX_BYTES = Topic.MAX_BYTES;

  private static final int PART = 32 * 1024;

  /**
   * Stored lines as events, each of one entity.
   *
   * @param lines ascending, of an entity each
   */
  public static List<Publication> events(List<? extends LiveLine> lines) {
    List<Publication> parts = new ArrayList<>();
    List<LiveLine> part = new ArrayList<>();
    String entityId = "";
    int bytes = 0;
    for (LiveLine line : lines) {
      String next = String.valueOf(line.entityId());
      if (!part.isEmpty() && (bytes >= PART || !next.equals(entityId))) {
        parts.add(new Publication(entityId, List.copyOf(part)));
        part.clear();
        bytes = 0;
      }
      entityId = next;
      part.add(line);
      bytes += line.json().length;
    }
    if (!part.isEmpty()) {
      parts.add(new Publication(entityId, List.copyOf(part)));
    }
    return List.copyOf(parts);
  }

  /** Nothing but a gap. */
  public static Tail none(Scope scope, long until, int missing) {
    return new Tail(scope, List.of(), until, missing);
  }

  /** The same lines, as missing. */
  Tail asGap() {
    return none(scope, until, missing + parts.stream().mapToInt(Publication::count).sum());
  }

  /**
   * What a gap says of the lines that could not be read: since ever, until just before what comes
   * after it.
   *
   * @param next from this time on all lines are sent otherwise
   * @param lines how many of them are to be sent
   */
  Gap gap(long next, int lines) {
    long to = Math.min(until, next - 1);
    if (!parts.isEmpty()) {
      to = Math.min(to, parts.get(0).from() - 1);
    }
    return new Gap(scope, lines, 0, to, EventId.upTo(to));
  }
}
