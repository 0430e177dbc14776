package org.fleetcast.live;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last stored lines of an entity, encoded in events of moderate size, ascending.
 *
 * @param until the time up to which lines were read, as clients compare it
 * @param missing how many lines could not be read, at most
 */
public record Tail(String entityId, List<Publication> parts, String until, int missing) {
  /** As much of it is ever shown: more does not fit into a mailbox. */
  public static final int MAX_BYTES = Mailbox.MAX_BYTES;

  private static final int PART = 32 * 1024;
  private static final String EVER = "1970-01-01T00:00:00.000000Z";

  /**
   * Encodes lines here, so that nobody has to wait for it later.
   *
   * @param lines ascending
   */
  public static Tail of(
      String entityId, List<? extends LiveLine> lines, String until, int missing) {
    List<Publication> parts = new ArrayList<>();
    List<LiveLine> part = new ArrayList<>();
    int bytes = 0;
    for (LiveLine line : lines) {
      part.add(line);
      bytes += line.json().length;
      if (bytes >= PART) {
        parts.add(new Publication(entityId, List.copyOf(part)));
        part.clear();
        bytes = 0;
      }
    }
    if (!part.isEmpty()) {
      parts.add(new Publication(entityId, List.copyOf(part)));
    }
    parts.forEach(Publication::event);
    return new Tail(entityId, List.copyOf(parts), until, missing);
  }

  /**
   * What a gap says of the lines that could not be read: since ever, until just before what comes
   * after it.
   *
   * @param next the time of the first live line that follows the tail; null when there is none yet
   * @param lines how many of them are to be told
   */
  StreamEvent.Lines gap(@Nullable String next, int lines) {
    String to = until;
    if (next != null && next.compareTo(to) <= 0) {
      to = microBefore(next);
    }
    if (!parts.isEmpty() && parts.get(0).from().compareTo(to) <= 0) {
      to = microBefore(parts.get(0).from());
    }
    return new StreamEvent.Lines(entityId, lines, EVER, to);
  }

  private static String microBefore(String time) {
    return Frames.text(Instant.parse(time).minusNanos(1_000));
  }
}
