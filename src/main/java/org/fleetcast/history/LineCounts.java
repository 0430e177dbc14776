package org.fleetcast.history;

import co.elastic.clients.elasticsearch._types.aggregations.Aggregate;
import co.elastic.clients.elasticsearch._types.aggregations.Aggregation;
import co.elastic.clients.elasticsearch._types.aggregations.DateHistogramBucket;
import co.elastic.clients.elasticsearch._types.aggregations.FiltersBucket;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.live.LogLevel;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/** Counts lines: those that Elasticsearch finds and those that only the journal has, each once. */
@Singleton
class LineCounts {
  private static final int TRIES = 3;
  private static final int MAX_STRAYS = 10_000;

  private final JournalKeeper keeper;
  private final SearchIndex index;

  @Inject
  public LineCounts(JournalKeeper keeper, SearchIndex index) {
    this.keeper = keeper;
    this.index = index;
  }

  /** What is counted: whose lines, which of them, and into which parts of which range. */
  record Question(Entities whose, LineQuery wanted, HistoryRange range, int parts) {
    Histogram none() {
      return new Histogram(range, wanted.filter().level(), parts);
    }
  }

  /**
   * What the journal holds of them.
   *
   * @param complete all lines from this time on are in the journal
   * @param strays ids of lines before that, which are in the journal all the same
   */
  private record Held(Histogram counts, long complete, List<String> strays) {}

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
      Held held = held(asked, reading);
      long last = Math.min(asked.range().to(), held.complete - 1);
      if (last >= asked.range().from()) {
        search(asked, held, last, reading);
      }
      return held.counts;
    } catch (SearchIndex.Refused refused) {
      throw History.problem(refused);
    }
  }

  /** What left the journal while it was read might be missing here and there: then once more. */
  private Held held(Question asked, Lookup reading) throws SearchIndex.Refused {
    for (int tries = 0; tries < TRIES; tries++) {
      long complete = keeper.journal().completeSince();
      Held held = new Held(asked.none(), complete, new ArrayList<>());
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
      if (keeper.journal().completeSince() == complete && held.strays.size() <= MAX_STRAYS) {
        return held;
      }
    }
    throw new SearchIndex.Refused(0, "journal_busy", new IllegalStateException("journal busy"));
  }

  private static void take(Question asked, Held held, JournalLine entry) {
    if (entry.kind() != JournalLine.Kind.LINE || !asked.whose().contains(entry.entityId())) {
      return;
    }
    StoredLine row = StoredLine.of(entry);
    if (!asked.wanted().passes(row)) {
      return;
    }
    held.counts.count(row.at(), LogLevel.counted(row.level()), 1);
    if (entry.at() < held.complete && held.strays.size() <= MAX_STRAYS) {
      held.strays.add(entry.id());
    }
  }

  private void search(Question asked, Held held, long last, Lookup reading)
      throws SearchIndex.Refused {
    LineSearch search = new LineSearch(asked.whose(), asked.wanted(), false);
    Query lines = search.query(asked.range().from(), last);
    SearchRequest.Builder request =
        new SearchRequest.Builder()
            .size(0)
            .trackTotalHits(t -> t.enabled(false))
            .query(
                q -> q.bool(b -> b.filter(lines).mustNot(n -> n.ids(i -> i.values(held.strays)))))
            .aggregations("parts", parts(held.counts.seconds()));
    Aggregate parts =
        index
            .search(request, reading, SearchIndex.TIMEOUT, SearchIndex.LARGE)
            .aggregations()
            .get("parts");
    if (parts != null) { // else there is no index yet
      parts.dateHistogram().buckets().array().forEach(part -> add(held.counts, part));
    }
  }

  private static Aggregation parts(long seconds) {
    return Aggregation.of(
        a ->
            a.dateHistogram(
                    h ->
                        h.field("@timestamp")
                            .fixedInterval(i -> i.time(seconds + "s"))
                            .minDocCount(1))
                .aggregations("levels", LineSearch.byLevel()));
  }

  private static void add(Histogram counts, DateHistogramBucket part) {
    long at = part.key() * 1_000;
    long rest = part.docCount();
    for (LogLevel level : LogLevel.values()) {
      long lines = named(part.aggregations().get("levels"), level);
      counts.count(at, level, lines);
      rest -= lines;
    }
    counts.count(at, LogLevel.I, rest);
  }

  private static long named(@Nullable Aggregate levels, LogLevel level) {
    FiltersBucket found =
        levels == null ? null : levels.filters().buckets().keyed().get(level.name());
    return found == null ? 0 : found.docCount();
  }
}
