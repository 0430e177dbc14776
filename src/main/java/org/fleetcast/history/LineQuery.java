package org.fleetcast.history;

import org.fleetcast.live.FieldFilter;
import org.fleetcast.live.LineFields;
import org.fleetcast.live.LineFilter;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/**
 * Which of an entity's lines are asked for, and how much of them.
 *
 * @param query what the message matches; null for any
 * @param terms what else the line has to satisfy
 * @param whole whether all that the device sent is wanted, or only what every row of history has
 * @param most what a page of them may take, in characters
 */
public record LineQuery(
    @Nullable Glob query, LineFilter filter, LineTerms terms, boolean whole, long most) {
  /** All lines, without what else the device sent. */
  public static final LineQuery ALL = new LineQuery(LineFilter.NONE, false);

  /** The lines that pass a filter. */
  public LineQuery(LineFilter filter, boolean whole) {
    this(null, filter, LineTerms.NONE, whole);
  }

  /** Of which a page takes what it may. */
  LineQuery(@Nullable Glob query, LineFilter filter, LineTerms terms, boolean whole) {
    this(query, filter, terms, whole, whole ? HistoryPage.MAX_SIZE_OF_PART : HistoryPage.MAX_SIZE);
  }

  /** The same for who reads page after page, and needs none to be complete. */
  LineQuery inParts() {
    return new LineQuery(query, filter, terms, whole, HistoryPage.MAX_SIZE_OF_PART);
  }

  /** Whether lines have to be read to be counted, since a search does not know all of it. */
  boolean isRead() {
    return !terms.equals(LineTerms.NONE) || !filter.fields().equals(FieldFilter.NONE);
  }

  boolean passes(StoredLine row, LineFields fields) {
    return (query == null || query.matches(row.message()))
        && filter.passes(LineFilter.Text.of(row.level(), row.message(), fields))
        && terms.passes(row);
  }
}
