package org.fleetcast.history;

import org.fleetcast.live.LineFilter;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/**
 * Which of an entity's lines are asked for, and how much of them.
 *
 * @param query what the message matches; null for any
 * @param whole whether all that the device sent is wanted, or only what every row of history has
 */
public record LineQuery(@Nullable Glob query, LineFilter filter, boolean whole) {
  /** All lines, without what else the device sent. */
  public static final LineQuery ALL = new LineQuery(null, LineFilter.NONE, false);

  boolean passes(StoredLine row) {
    return (query == null || query.matches(row.message()))
        && filter.passes(LineFilter.Text.of(row.level(), row.message()));
  }
}
