package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.history.StoredLines.Found;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.StoredLine;

/**
 * What devices logged: Elasticsearch joined with what the journal still holds, by id, so that what
 * was seen live is there at once.
 */
@Singleton
class History {
  private static final int PART = 100;

  private final JournalKeeper keeper;
  private final SearchIndex index;
  private final StoredLines stored;

  @Inject
  public History(JournalKeeper keeper, SearchIndex index) {
    this.keeper = keeper;
    this.index = index;
    this.stored = new StoredLines(index);
  }

  /**
   * Reads a page from the range's beginning, or from its end when the range is backward.
   *
   * @throws Problem 503 when Elasticsearch is needed and not there or it takes too long, 502 when
   *     it answers an error
   */
  HistoryPage page(Entities whose, HistoryRange range, LineQuery wanted, Lookup reading) {
    if (whose.isEmpty()) {
      return HistoryPage.NONE;
    }
    if (!index.configured()) {
      throw notConfigured();
    }
    // The journal first: a line that leaves it meanwhile can be found by the search that follows.
    Found<StoredLine> held = journal(whose, range, wanted, reading);
    long complete = keeper.journal().completeSince();
    Map<String, StoredLine> rows = new HashMap<>();
    held.lines().forEach(row -> rows.put(row.id(), row));
    try {
      Found<StoredLine> found = stored.rows(whose, range, wanted, HistoryPage.SIZE + 1, reading);
      found.lines().forEach(row -> rows.putIfAbsent(row.id(), row));
      return HistoryPage.of(
          rows.values(), range, range.nearer(held.reached(), found.reached()), wanted.most());
    } catch (SearchIndex.Refused refused) {
      return withoutSearch(held, range, complete, wanted.most())
          .orElseThrow(() -> problem(refused));
    }
  }

  /** The page by the journal alone, if it certainly holds every line of it. */
  static Optional<HistoryPage> withoutSearch(
      Found<StoredLine> held, HistoryRange range, long complete, long most) {
    List<StoredLine> sure = held.lines().stream().filter(row -> row.at() >= complete).toList();
    Long reached = held.reached();
    boolean whole =
        range.first() >= complete
            || (range.backward()
                && (sure.size() > HistoryPage.SIZE || (reached != null && reached >= complete)));
    return whole ? Optional.of(HistoryPage.of(sure, range, reached, most)) : Optional.empty();
  }

  /** What the journal holds, in parts: its lines may be large. */
  private Found<StoredLine> journal(
      Entities whose, HistoryRange range, LineQuery wanted, Lookup reading) {
    Predicate<JournalLine> fits = entry -> fits(entry, whose, range, wanted, reading);
    List<StoredLine> rows = new ArrayList<>();
    long from = range.first();
    long to = range.last();
    while (from <= to) {
      List<JournalLine> part = keeper.journal().find(from, to, range.backward(), PART, fits);
      part.forEach(entry -> rows.add(StoredLine.of(entry, wanted.whole())));
      if (part.size() < PART) {
        return new Found<>(rows, null);
      }
      long edge = part.get(PART - 1).at();
      if (rows.size() > HistoryPage.SIZE || HistoryPage.isFull(rows, wanted.most())) {
        return new Found<>(rows, edge);
      }
      from = range.backward() ? from : edge + 1;
      to = range.backward() ? edge - 1 : to;
    }
    return new Found<>(rows, null);
  }

  private static boolean fits(
      JournalLine entry, Entities whose, HistoryRange range, LineQuery wanted, Lookup reading) {
    reading.check();
    if (entry.kind() != JournalLine.Kind.LINE || !whose.contains(entry.entityId())) {
      return false;
    }
    StoredLine row = StoredLine.of(entry);
    return range.holds(row) && wanted.passes(row, entry.fields());
  }

  static Problem notConfigured() {
    return Problem.of(
            ProblemCode.SERVICE_UNAVAILABLE, "No Elasticsearch is configured for log history")
        .retryAfter(Duration.ofMinutes(1));
  }

  static Problem problem(SearchIndex.Refused refused) {
    if (refused.tooLong()) {
      return Problem.of(
          ProblemCode.EXTERNAL_SERVICE_ERROR, "A stored line is too large to be read", refused);
    }
    if (refused.status() == 0) {
      return Problem.of(
              ProblemCode.SERVICE_UNAVAILABLE, "Elasticsearch does not answer right now", refused)
          .retryAfter(Duration.ofSeconds(10));
    }
    return Problem.of(
        ProblemCode.EXTERNAL_SERVICE_ERROR, "Elasticsearch could not answer the search", refused);
  }
}
