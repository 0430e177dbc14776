package org.fleetcast.history;

import org.fleetcast.live.Filter;
import org.fleetcast.sink.Row;
import org.jspecify.annotations.Nullable;

/**
 * Which of an entity's lines are asked for, and how much of them.
 *
 * @param query what the message matches; null for any
 * @param whole whether all that the device sent is wanted, or only what every row of history has
 */
public record Wanted(@Nullable Glob query, Filter filter, boolean whole) {
  /** All lines, without what else the device sent. */
  public static final Wanted ALL = new Wanted(null, Filter.NONE, false);

  boolean passes(Row row) {
    return (query == null || query.matches(row.message()))
        && filter.passes(Filter.Text.of(row.level(), row.message()));
  }
}
