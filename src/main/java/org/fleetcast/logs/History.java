package org.fleetcast.logs;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;

/**
 * What a device logged: Elasticsearch joined with what the journal still holds, by id, so that what
 * was seen live is there at once.
 */
@Singleton
public class History {
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
   * @throws Problem 503 when Elasticsearch is needed and not there, 502 when it answers an error
   */
  Page page(String entityId, Range range, Wanted wanted) {
    if (!index.configured()) {
      throw notConfigured();
    }
    // The journal first: a line that leaves it meanwhile can be found by the search that follows.
    List<Row> held = journal(entityId, range, wanted);
    long complete = keeper.journal().completeSince();
    Map<String, Row> rows = new HashMap<>();
    held.forEach(row -> rows.put(row.id(), row));
    try {
      StoredRows.Found<Row> found = stored.rows(entityId, range, wanted, Page.SIZE + 1);
      found.lines().forEach(row -> rows.putIfAbsent(row.id(), row));
      return Page.of(rows.values(), range, found.reached());
    } catch (SearchIndex.Refused refused) {
      return withoutSearch(held, range, complete).orElseThrow(() -> problem(refused));
    }
  }

  /** The page by the journal alone, if it certainly holds every line of it. */
  static Optional<Page> withoutSearch(List<Row> held, Range range, long complete) {
    List<Row> sure = held.stream().filter(row -> row.at() >= complete).toList();
    boolean whole = range.first() >= complete || (range.backward() && sure.size() > Page.SIZE);
    return whole ? Optional.of(Page.of(sure, range, null)) : Optional.empty();
  }

  private List<Row> journal(String entityId, Range range, Wanted wanted) {
    Predicate<Entry> fits =
        entry -> {
          if (entry.kind() != Entry.Kind.LINE || !Objects.equals(entry.entityId(), entityId)) {
            return false;
          }
          Row row = Row.of(entry);
          return range.holds(row) && wanted.passes(row);
        };
    return keeper
        .journal()
        .find(range.first(), range.last(), range.backward(), Page.SIZE + 1, fits)
        .stream()
        .map(entry -> Row.of(entry, wanted.whole()))
        .toList();
  }

  static Problem notConfigured() {
    return Problem.of(Code.SERVICE_UNAVAILABLE, "No Elasticsearch is configured for log history")
        .retryAfter(Duration.ofMinutes(1));
  }

  static Problem problem(SearchIndex.Refused refused) {
    if (refused.status() == 0) {
      return Problem.of(
              Code.SERVICE_UNAVAILABLE, "Elasticsearch does not answer right now", refused)
          .retryAfter(Duration.ofSeconds(10));
    }
    return Problem.of(
        Code.EXTERNAL_SERVICE_ERROR, "Elasticsearch could not answer the search", refused);
  }
}
