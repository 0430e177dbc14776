package org.fleetcast.live;

import java.util.List;
import java.util.Set;

/** Stored lines that a viewer still has to be given before it goes on in the log in memory. */
public final class Replay {
  private final List<Part> parts;
  private final EventId after;
  private final long until;
  private final boolean begun;

  /**
   * Whose lines.
   *
   * @param filters one of these has to let a line pass; empty for all lines
   * @param after this viewer has its lines up to there
   */
  public record Part(Scope scope, Set<LineFilter> filters, EventId after) {}

  /**
   * What was read of it.
   *
   * @param pieces in order
   * @param parts whose lines go on, and from where
   * @param reached up to this time all is there, in microseconds since 1970
   */
  public record Page(List<Piece> pieces, List<Part> parts, long reached) {}

  Replay(List<Part> parts, EventId after, long until) {
    this(parts, after, until, false);
  }

  private Replay(List<Part> parts, EventId after, long until, boolean begun) {
    this.parts = parts;
    this.after = after;
    this.until = until;
    this.begun = begun;
  }

  public List<Part> parts() {
    return parts;
  }

  /** The position after which it begins. */
  public EventId after() {
    return after;
  }

  /** The time of the last line that may belong to it, in microseconds since 1970. */
  public long until() {
    return until;
  }

  /** Whether a page of it was read: then the limit of lines was looked at. */
  public boolean isBegun() {
    return begun;
  }

  boolean isOver() {
    return after.to() >= until;
  }

  /** What is left of it after a page. */
  Replay beyond(Page page) {
    return new Replay(page.parts, EventId.upTo(page.reached), until, true);
  }
}
