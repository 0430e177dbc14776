package org.fleetcast.logs;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.fleetcast.problem.Code;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What a device logged: Elasticsearch joined with what the journal still holds, by id, so that what
 * was seen live is there at once.
 */
@Singleton
public class History {
  static final int PAGE = 1_000;

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
   * One page, ascending.
   *
   * @param more whether there was at least one row beyond it
   */
  record Page(List<Row> rows, boolean more) {}

  /**
   * Reads a page of at most {@link #PAGE} rows from the range's beginning, or from its end when the
   * range is backward.
   *
   * @throws Problem 503 when Elasticsearch is needed and not there, 502 when it answers an error
   */
  Page page(String entityId, Range range, @Nullable Glob query) {
    if (!index.configured()) {
      throw notConfigured();
    }
    // The journal first: a line that leaves it meanwhile can be found by the search that follows.
    List<Row> held = journal(entityId, range, query);
    long complete = keeper.journal().completeSince();
    Map<String, Row> rows = new HashMap<>();
    held.forEach(row -> rows.put(row.id(), row));
    try {
      stored.rows(entityId, range, query, PAGE + 1).forEach(row -> rows.putIfAbsent(row.id(), row));
      return cut(List.copyOf(rows.values()), range);
    } catch (SearchIndex.Refused refused) {
      return withoutSearch(held, range, complete).orElseThrow(() -> problem(refused));
    }
  }

  /** The page by the journal alone, if it certainly holds every line of it. */
  static Optional<Page> withoutSearch(List<Row> held, Range range, long complete) {
    List<Row> sure = held.stream().filter(row -> row.at() >= complete).toList();
    boolean whole = range.first() >= complete || (range.backward() && sure.size() > PAGE);
    return whole ? Optional.of(cut(sure, range)) : Optional.empty();
  }

  private static Page cut(List<Row> rows, Range range) {
    Comparator<Row> near = range.backward() ? Row.ORDER.reversed() : Row.ORDER;
    List<Row> nearest = rows.stream().sorted(near).limit(PAGE).toList();
    return new Page(nearest.stream().sorted(Row.ORDER).toList(), rows.size() > PAGE);
  }

  private List<Row> journal(String entityId, Range range, @Nullable Glob query) {
    Predicate<Entry> wanted =
        entry ->
            entry.kind() == Entry.Kind.LINE
                && Objects.equals(entry.entityId(), entityId)
                && range.holds(Row.of(entry))
                && (query == null || query.matches(Row.of(entry).message()));
    return keeper
        .journal()
        .find(range.first(), range.last(), range.backward(), PAGE + 1, wanted)
        .stream()
        .map(Row::of)
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
