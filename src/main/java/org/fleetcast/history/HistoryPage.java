package org.fleetcast.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/**
 * A page of history: rows, ascending, and what is left of its range.
 *
 * @param next what is left; null when that was all
 * @param windowStart passed on as the next end of a backward page, what pages without hole or
 *     double; null when there is neither a row nor anything left
 * @param windowEnd the same for the next start of a forward page
 */
public record HistoryPage(
    List<StoredLine> rows,
    @Nullable HistoryRange next,
    @Nullable String windowStart,
    @Nullable String windowEnd) {
  /** As many rows at most. */
  public static final int SIZE = 1_000;

  /**
   * What messages may take, in characters: as much as a page of the longest ones that a search
   * finds by their text. One row goes in whatever it takes.
   */
  static final long MAX_SIZE = 8_400_000;

  /** The same of whole lines, which are in memory in more forms, and of a part of a download. */
  static final long MAX_SIZE_OF_PART = 4_000_000;

  /** Of nothing. */
  static final HistoryPage NONE = new HistoryPage(List.of(), null, null, null);

  /**
   * A page from rows of a range, in no order, of which it takes the nearest to its beginning (or
   * end).
   *
   * @param reached the last microsecond up to which all rows are there, or the first when backward;
   *     null when they are all there
   * @param most what they may take
   */
  static HistoryPage of(
      Collection<StoredLine> rows, HistoryRange range, @Nullable Long reached, long most) {
    Comparator<StoredLine> near = range.backward() ? StoredLine.ORDER.reversed() : StoredLine.ORDER;
    List<StoredLine> found =
        rows.stream()
            .filter(row -> reached == null || range.within(row.at(), reached))
            .sorted(near)
            .toList();
    List<StoredLine> taken = nearest(found, most);
    List<StoredLine> ascending = taken.stream().sorted(StoredLine.ORDER).toList();
    if (taken.size() < found.size()) {
      return full(ascending, range, range.after(taken.get(taken.size() - 1)));
    }
    if (reached != null) {
      return early(ascending, range, reached);
    }
    return ascending.isEmpty() ? NONE : full(ascending, range, null);
  }

  private static List<StoredLine> nearest(List<StoredLine> rows, long most) {
    List<StoredLine> taken = new ArrayList<>();
    long size = 0;
    for (StoredLine row : rows) {
      size += row.size();
      if (taken.size() == SIZE || (size > most && !taken.isEmpty())) {
        break;
      }
      taken.add(row);
    }
    return taken.size() < rows.size() ? beforeTheTime(rows.get(taken.size()).at(), taken) : taken;
  }

  /**
   * A window is given by times alone, so a page ends between two of them. Older services wrote
   * whole seconds: of many lines of one, all go to the next page, unless they are a page by
   * themselves.
   */
  private static List<StoredLine> beforeTheTime(long next, List<StoredLine> taken) {
    List<StoredLine> before = taken.stream().filter(row -> row.at() != next).toList();
    return before.isEmpty() ? taken : before;
  }

  private static HistoryPage full(
      List<StoredLine> rows, HistoryRange range, @Nullable HistoryRange next) {
    long first = rows.get(0).at();
    long last = rows.get(rows.size() - 1).at();
    return range.backward() ? of(rows, next, first - 1, last) : of(rows, next, first, last + 1);
  }

  private static HistoryPage early(List<StoredLine> rows, HistoryRange range, long reached) {
    long first = rows.isEmpty() ? range.first() : rows.get(0).at();
    long last = rows.isEmpty() ? range.last() : rows.get(rows.size() - 1).at();
    HistoryRange next = range.beyond(reached);
    return range.backward()
        ? of(rows, next, reached - 1, last)
        : of(rows, next, first, reached + 1);
  }

  private static HistoryPage of(
      List<StoredLine> rows, @Nullable HistoryRange next, long windowStart, long windowEnd) {
    return new HistoryPage(rows, next, LogTime.text(windowStart), LogTime.text(windowEnd));
  }

  /** Whether rows take as much as a page may. */
  static boolean isFull(List<StoredLine> rows, long most) {
    return rows.stream().mapToLong(StoredLine::size).sum() > most;
  }

  boolean more() {
    return next != null;
  }

  /** What names the range that is left; null when that was all. */
  @Nullable String cursor() {
    return next == null ? null : next.cursor();
  }
}
