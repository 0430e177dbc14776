package org.fleetcast.history;

import co.elastic.clients.elasticsearch._types.aggregations.Aggregate;
import co.elastic.clients.elasticsearch._types.aggregations.DateHistogramBucket;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.live.LogLevel;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.StoredLine;

/** Counts lines: those that Elasticsearch finds and those that only the journal has, each once. */
@Singleton
class LineCounts {
  private final JournalKeeper keeper;
  private final SearchIndex index;
  private final StoredLines stored;

  @Inject
  public LineCounts(JournalKeeper keeper, SearchIndex index) {
    this.keeper = keeper;
    this.index = index;
    this.stored = new StoredLines(index);
  }

  /** What is counted: whose lines, which of them, and into which parts of which range. */
  record Question(Entities whose, LineQuery wanted, HistoryRange range, int parts) {
    Histogram none() {
      return new Histogram(range, wanted.filter().level(), parts);
    }
  }

  private record Held(HeldLines lines, Histogram counts) {}

  /**
   * Counts them.
   *
   * @throws Problem 503 when Elasticsearch is needed and not there or it takes too long, 502 when
   *     it answers an error
   */
  Histogram count(Question asked, Lookup reading) {
    if (asked.whose().isEmpty()) {
      return asked.none();
    }
    if (!index.configured()) {
      throw History.notConfigured();
    }
    try {
      Held held = HeldLines.read(keeper.journal(), lines -> held(asked, lines, reading));
      long last = Math.min(asked.range().to(), held.lines.complete() - 1);
      if (last >= asked.range().from()) {
        if (asked.wanted().isRead()) {
          read(asked, held, last, reading);
        } else {
          search(asked, held, last, reading);
        }
      }
      return held.counts;
    } catch (SearchIndex.Refused refused) {
      throw History.problem(refused);
    }
  }

  private Held held(Question asked, HeldLines lines, Lookup reading) {
    Held held = new Held(lines, asked.none());
    keeper
        .journal()
        .find(
            asked.range().from(),
            asked.range().to(),
            false,
            1,
            entry -> {
              reading.check();
              take(asked, held, entry);
              return false;
            });
    return held;
  }

  private static void take(Question asked, Held held, JournalLine entry) {
    if (entry.kind() != JournalLine.Kind.LINE || !asked.whose().contains(entry.entityId())) {
      return;
    }
    StoredLine row = StoredLine.of(entry);
    if (!asked.wanted().passes(row, entry.fields())) {
      return;
    }
    held.counts.count(row.at(), LogLevel.counted(row.level()), 1);
    held.lines.found(entry);
  }

  private void search(Question asked, Held held, long last, Lookup reading)
      throws SearchIndex.Refused {
    LineSearch search = new LineSearch(asked.whose(), asked.wanted(), false);
    SearchRequest.Builder request =
        held.lines
            .others(search.query(asked.range().from(), last))
            .aggregations("parts", LineSearch.parts(held.counts.seconds() + "s"));
    Aggregate parts =
        index
            .search(request, reading, SearchIndex.TIMEOUT, SearchIndex.LARGE)
            .aggregations()
            .get("parts");
    if (parts != null) { // else there is no index yet
      parts.dateHistogram().buckets().array().forEach(part -> add(held.counts, part));
    }
  }

  /** The newest first: there may be more lines than can be read in time. */
  private void read(Question asked, Held held, long last, Lookup reading)
      throws SearchIndex.Refused {
    Set<String> strays = Set.copyOf(held.lines.strays());
    HistoryRange range = new HistoryRange(asked.range().from(), last, true, null);
    Long reached =
        stored.each(
            asked.whose(),
            range,
            asked.wanted(),
            reading,
            row -> {
              if (!strays.contains(row.id())) {
                held.counts.count(row.at(), LogLevel.counted(row.level()), 1);
              }
            });
    held.counts.countedFrom(reached);
  }

  private static void add(Histogram counts, DateHistogramBucket part) {
    long at = part.key() * 1_000;
    LineSearch.eachLevel(part, (level, lines) -> counts.count(at, level, lines));
  }
}
