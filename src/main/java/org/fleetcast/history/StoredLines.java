package org.fleetcast.history;

import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.search.Hit;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.archive.StoredDocument;
import org.fleetcast.live.LineFilter;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.SentFields;
import org.fleetcast.sink.StoredLine;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/**
 * Lines in Elasticsearch, of one entity or of many.
 *
 * <p>An index written before Fleetcast has its times in milliseconds for Elasticsearch, and exactly
 * only in the documents. So a millisecond is never cut: where an answer ends within one, all of
 * that millisecond is fetched, and the documents' own times decide what comes before what.
 */
public final class StoredLines {
  /** As many of one millisecond are found; Elasticsearch returns no more at once. */
  static final int MAX_IN_A_MILLISECOND = 10_000;

  private static final int SLICE = 1_001;

  /** For how long a page is looked for. */
  private static final Duration LOOK = Duration.ofSeconds(5);

  /** Whole documents may be large. */
  private static final int SLICE_OF_WHOLE = 101;

  private static final long MILLISECOND = 1_000;

  private final SearchIndex index;

  public StoredLines(SearchIndex index) {
    this.index = index;
  }

  /**
   * Lines that were found.
   *
   * @param reached the last microsecond up to which there are no others, or the first when read
   *     backward; null when the range was read to its end
   */
  public record Found<T>(List<T> lines, @Nullable Long reached) {}

  /**
   * At least that many rows of the range, nearest to its beginning (or end), if there are: as far
   * as they are found in time.
   */
  public Found<StoredLine> rows(
      Entities whose, HistoryRange range, LineQuery wanted, int count, Lookup reading)
      throws SearchIndex.Refused {
    LineSearch search = new LineSearch(whose, wanted, range.backward());
    int slice = wanted.whole() ? SLICE_OF_WHOLE : SLICE;
    List<StoredLine> rows = new ArrayList<>();
    Long reached =
        read(
            new Plan(search, range, slice, SearchIndex.TIMEOUT, LOOK, reading),
            hit -> passing(hit, whose, range, wanted, reading).ifPresent(rows::add),
            () -> rows.size() >= count || HistoryPage.isFull(rows, wanted.most()));
    return new Found<>(rows, reached);
  }

  /**
   * Tells each row of the range, nearest to its beginning (or end) first, as far as they are found
   * in time; answers how far that was, null for all of the range.
   */
  @Nullable Long each(
      Entities whose,
      HistoryRange range,
      LineQuery wanted,
      Lookup reading,
      Consumer<StoredLine> told)
      throws SearchIndex.Refused {
    LineSearch search = new LineSearch(whose, wanted, range.backward());
    return read(
        new Plan(search, range, SLICE, SearchIndex.TIMEOUT, LOOK, reading),
        hit -> passing(hit, whose, range, wanted, reading).ifPresent(told),
        () -> false);
  }

  private static Optional<StoredLine> passing(
      Hit<ObjectNode> hit, Entities whose, HistoryRange range, LineQuery wanted, Lookup reading) {
    reading.check();
    ObjectNode source = source(hit);
    StoredLine row = row(hit, source, wanted.whole());
    boolean theirs = whose.owner(row.entityId()) != null;
    return theirs && range.holds(row) && wanted.passes(row, SentFields.of(source, row))
        ? Optional.of(row)
        : Optional.empty();
  }

  /**
   * Lines of the range that pass the filter, whole, in no order, those nearest to its beginning (or
   * end), as far as they are found in that time.
   *
   * @param count about how many are needed
   * @param patience for each answer, and for all together
   * @param enough whether no more are needed
   */
  public Found<JournalLine> lines(
      Entities whose,
      HistoryRange range,
      LineFilter filter,
      int count,
      Duration patience,
      Lookup reading,
      Predicate<List<JournalLine>> enough)
      throws SearchIndex.Refused {
    List<JournalLine> lines = new ArrayList<>();
    LineSearch search = new LineSearch(whose, new LineQuery(filter, true), range.backward());
    int slice = Math.min(SLICE_OF_WHOLE, count + 1);
    Long reached =
        read(
            new Plan(search, range, slice, patience, patience, reading),
            hit -> {
              JournalLine line = line(hit, whose);
              if (line.entityId() != null
                  && range.holds(line.at(), line.id())
                  && filter.passes(line.text())) {
                lines.add(line);
              }
            },
            () -> enough.test(lines));
    return new Found<>(lines, reached);
  }

  /**
   * What is read, in requests of that many hits.
   *
   * @param patience for how long an answer is waited for
   * @param look for how long requests are made: there may be many lines of which none passes
   */
  private record Plan(
      LineSearch search,
      HistoryRange range,
      int slice,
      Duration patience,
      Duration look,
      Lookup reading) {

    /** Of copies of a shard the same one: others may have lines of equal times in another order. */
    String copy() {
      return "fleetcast-" + Integer.toHexString(search.whose().ids().hashCode());
    }
  }

  private interface Enough {
    boolean reached();
  }

  /** Reads until there is enough or no time is left; answers how far it came. */
  private @Nullable Long read(Plan plan, Consumer<Hit<ObjectNode>> each, Enough enough)
      throws SearchIndex.Refused {
    boolean backward = plan.range.backward();
    Instant end = SteadyClock.now().plus(plan.look);
    long from = plan.range.first();
    long to = plan.range.last();
    int slice = plan.slice;
    while (from <= to) {
      Part part = part(plan, from, to, 0, slice);
      List<Hit<ObjectNode>> hits = part.hits;
      slice = part.size;
      if (hits.size() < slice) {
        hits.forEach(each);
        return null;
      }
      long edge = millisecond(hits.get(slice - 1));
      hits.stream().filter(hit -> millisecond(hit) != edge).forEach(each);
      readMillisecond(plan, edge, each);
      if (enough.reached() || SteadyClock.now().isAfter(end)) {
        return backward ? edge : edge + MILLISECOND - 1;
      }
      from = backward ? from : edge + MILLISECOND;
      to = backward ? edge - 1 : to;
    }
    return null;
  }

  private void readMillisecond(Plan plan, long edge, Consumer<Hit<ObjectNode>> each)
      throws SearchIndex.Refused {
    int size = MAX_IN_A_MILLISECOND;
    for (int skipped = 0; skipped < MAX_IN_A_MILLISECOND; ) {
      Part part = part(plan, edge, edge + MILLISECOND - 1, skipped, size);
      part.hits.forEach(each);
      if (part.hits.size() < part.size) {
        return;
      }
      skipped += part.size;
      size = Math.min(part.size, MAX_IN_A_MILLISECOND - skipped);
    }
  }

  /**
   * An answer.
   *
   * @param size how many hits were asked for
   */
  private record Part(List<Hit<ObjectNode>> hits, int size) {}

  /** As many hits, or fewer, if these are too large for one answer. */
  private Part part(Plan plan, long from, long to, int skipped, int most)
      throws SearchIndex.Refused {
    for (int size = most; ; size = size / 2) {
      try {
        SearchRequest.Builder request =
            plan.search.request(from, to, size).from(skipped).preference(plan.copy());
        int largest = size == 1 ? SearchIndex.LARGEST : SearchIndex.LARGE;
        return new Part(
            index.search(request, plan.reading, plan.patience, largest).hits().hits(), size);
      } catch (SearchIndex.Refused refused) {
        if (!refused.tooLong() || size == 1) {
          throw refused;
        }
      }
    }
  }

  /** A line as it is found. */
  public static StoredLine row(Hit<ObjectNode> hit, boolean whole) {
    return row(hit, source(hit), whole);
  }

  private static StoredLine row(Hit<ObjectNode> hit, ObjectNode source, boolean whole) {
    return StoredLine.of(String.valueOf(hit.id()), source, sortedAt(hit), whole);
  }

  private static JournalLine line(Hit<ObjectNode> hit, Entities whose) {
    ObjectNode source = source(hit);
    String entityId = whose.owner(source.path("entity_id").textValue());
    return JournalLine.stored(String.valueOf(hit.id()), entityId, source, sortedAt(hit));
  }

  /** What was stored; nothing where somebody's template keeps no source. */
  private static ObjectNode source(Hit<ObjectNode> hit) {
    ObjectNode source = hit.source();
    return source == null ? JsonNodeFactory.instance.objectNode() : StoredDocument.read(source);
  }

  /** The millisecond of a hit, in microseconds, as Elasticsearch sorts it. */
  private static long millisecond(Hit<ObjectNode> hit) {
    return Math.floorDiv(sortedAt(hit), MILLISECOND) * MILLISECOND;
  }

  /** The time of a hit in microseconds, as Elasticsearch sorts it. */
  private static long sortedAt(Hit<ObjectNode> hit) {
    return Long.parseLong(hit.sort().get(0)._toJsonString()) / 1_000;
  }
}
