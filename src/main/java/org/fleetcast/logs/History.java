package org.fleetcast.logs;

import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.mapping.FieldType;
import co.elastic.clients.elasticsearch._types.query_dsl.BoolQuery;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  @Inject
  public History(LogKeeper keeper, SearchIndex index) {
    this.keeper = keeper;
    this.index = index;
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
      throw Problem.of(Code.SERVICE_UNAVAILABLE, "No Elasticsearch is configured for log history")
          .retryAfter(Duration.ofMinutes(1));
    }
    // The journal first: a line that leaves it meanwhile can be found by the search that follows.
    long complete = keeper.journal().completeSince();
    Map<String, Row> rows = new HashMap<>();
    journal(entityId, range, query).forEach(row -> rows.put(row.id(), row));
    boolean enough = range.from() >= complete || rows.size() > PAGE && range.backward();
    try {
      stored(entityId, range, query).forEach(row -> rows.putIfAbsent(row.id(), row));
    } catch (SearchIndex.Refused refused) {
      if (!enough) {
        throw problem(refused);
      }
    }
    return cut(rows.values().stream().filter(range::holds).toList(), range);
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
    Range.Place past = range.past();
    long from = past == null || range.backward() ? range.from() : past.at();
    long to = past == null || !range.backward() ? range.to() : past.at();
    return keeper.journal().find(from, to, range.backward(), PAGE + 1, wanted).stream()
        .map(Row::of)
        .toList();
  }

  private List<Row> stored(String entityId, Range range, @Nullable Glob query)
      throws SearchIndex.Refused {
    SortOrder order = range.backward() ? SortOrder.Desc : SortOrder.Asc;
    SearchRequest.Builder request =
        new SearchRequest.Builder()
            .size(PAGE + 1)
            .trackTotalHits(t -> t.enabled(false))
            .query(q -> q.bool(filters(entityId, range, query)))
            .sort(
                s ->
                    s.field(
                        f ->
                            f.field("@timestamp")
                                .order(order)
                                .unmappedType(FieldType.DateNanos)
                                .numericType(
                                    co.elastic.clients.elasticsearch._types.FieldSortNumericType
                                        .DateNanos)))
            .sort(s -> s.field(f -> f.field("id").order(order).unmappedType(FieldType.Keyword)));
    Range.Place past = range.past();
    if (past != null) {
      request.searchAfter(FieldValue.of(past.at() * 1_000), FieldValue.of(past.id()));
    }
    return index.search(request).hits().hits().stream()
        .map(hit -> Row.of(String.valueOf(hit.id()), source(hit.source())))
        .toList();
  }

  private static ObjectNode source(@Nullable ObjectNode source) {
    return Objects.requireNonNull(source, "every stored line has its source");
  }

  private static BoolQuery filters(String entityId, Range range, @Nullable Glob query) {
    BoolQuery.Builder all = new BoolQuery.Builder();
    all.filter(f -> f.term(t -> t.field("entity_id.keyword").value(entityId)));
    all.filter(
        f ->
            f.range(
                r ->
                    r.untyped(
                        u ->
                            u.field("@timestamp")
                                .gte(
                                    co.elastic.clients.json.JsonData.of(LogTime.text(range.from())))
                                .lte(
                                    co.elastic.clients.json.JsonData.of(
                                        LogTime.text(range.to()))))));
    if (query != null) {
      all.filter(
          f ->
              f.wildcard(
                  w -> w.field("message.keyword").value(query.pattern()).caseInsensitive(true)));
    }
    return all.build();
  }

  private static Problem problem(SearchIndex.Refused refused) {
    if (refused.status() == 0) {
      return Problem.of(
              Code.SERVICE_UNAVAILABLE, "Elasticsearch does not answer right now", refused)
          .retryAfter(Duration.ofSeconds(10));
    }
    return Problem.of(
        Code.EXTERNAL_SERVICE_ERROR, "Elasticsearch could not answer the search", refused);
  }
}
