package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.history.StoredRows.Found;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.Entry;
import org.fleetcast.sink.LogKeeper;
import org.fleetcast.sink.Row;

/**
 * What a device logged: Elasticsearch joined with what the journal still holds, by id, so that what
 * was seen live is there at once.
 */
@Singleton
class History {
  private static final int PART = 100;

  private final LogKeeper keeper;
  private final SearchIndex index;
  private final StoredRows stored;

  @Inject
  public History(LogKeeper keeper, SearchIndex index) {
    this.keeper = keeper;
    this.index = index;
    this.stored = new StoredRows(index);
  }

  /**
   * Reads a page from the range's beginning, or from its end when the range is backward.
   *
   * @throws Problem 503 when Elasticsearch is needed and not there or it takes too long, 502 when
   *     it answers an error
   */
  Page page(String entityId, Range range, Wanted wanted, Lookup reading) {
    if (!index.configured()) {
      throw notConfigured();
    }
    // The journal first: a line that leaves it meanwhile can be found by the search that follows.
    Found<Row> held = journal(entityId, range, wanted, reading);
    long complete = keeper.journal().completeSince();
    Map<String, Row> rows = new HashMap<>();
    held.lines().forEach(row -> rows.put(row.id(), row));
    try {
      Found<Row> found = stored.rows(entityId, range, wanted, Page.SIZE + 1, reading);
      found.lines().forEach(row -> rows.putIfAbsent(row.id(), row));
      return Page.of(rows.values(), range, range.nearer(held.reached(), found.reached()));
    } catch (SearchIndex.Refused refused) {
      return withoutSearch(held, range, complete).orElseThrow(() -> problem(refused));
    }
  }

  /** The page by the journal alone, if it certainly holds every line of it. */
  static Optional<Page> withoutSearch(Found<Row> held, Range range, long complete) {
    List<Row> sure = held.lines().stream().filter(row -> row.at() >= complete).toList();
    Long reached = held.reached();
    boolean whole =
        range.first() >= complete
            || (range.backward()
                && (sure.size() > Page.SIZE || (reached != null && reached >= complete)));
    return whole ? Optional.of(Page.of(sure, range, reached)) : Optional.empty();
  }

  /** What the journal holds, in parts: its lines may be large. */
  private Found<Row> journal(String entityId, Range range, Wanted wanted, Lookup reading) {
    Predicate<Entry> fits = entry -> fits(entry, entityId, range, wanted, reading);
    List<Row> rows = new ArrayList<>();
    long from = range.first();
    long to = range.last();
    while (from <= to) {
      List<Entry> part = keeper.journal().find(from, to, range.backward(), PART, fits);
      part.forEach(entry -> rows.add(Row.of(entry, wanted.whole())));
      if (part.size() < PART) {
        return new Found<>(rows, null);
      }
      long edge = part.get(PART - 1).at();
      if (rows.size() > Page.SIZE || Page.isFull(rows)) {
        return new Found<>(rows, edge);
      }
      from = range.backward() ? from : edge + 1;
      to = range.backward() ? edge - 1 : to;
    }
    return new Found<>(rows, null);
  }

  private static boolean fits(
      Entry entry, String entityId, Range range, Wanted wanted, Lookup reading) {
    reading.check();
    if (entry.kind() != Entry.Kind.LINE || !Objects.equals(entry.entityId(), entityId)) {
      return false;
    }
    Row row = Row.of(entry);
    return range.holds(row) && wanted.passes(row);
  }

  static Problem notConfigured() {
    return Problem.of(Code.SERVICE_UNAVAILABLE, "No Elasticsearch is configured for log history")
        .retryAfter(Duration.ofMinutes(1));
  }

  static Problem problem(SearchIndex.Refused refused) {
    if (refused.tooLong()) {
      return Problem.of(
          Code.EXTERNAL_SERVICE_ERROR, "A stored line is too large to be read", refused);
    }
    if (refused.status() == 0) {
      return Problem.of(
              Code.SERVICE_UNAVAILABLE, "Elasticsearch does not answer right now", refused)
          .retryAfter(Duration.ofSeconds(10));
    }
    return Problem.of(
        Code.EXTERNAL_SERVICE_ERROR, "Elasticsearch could not answer the search", refused);
  }
}
