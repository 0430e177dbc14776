package org.fleetcast.logs;

import co.elastic.clients.elasticsearch._types.FieldSortNumericType;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.mapping.FieldType;
import co.elastic.clients.elasticsearch._types.query_dsl.BoolQuery;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.search.Hit;
import co.elastic.clients.json.JsonData;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A device's lines in Elasticsearch.
 *
 * <p>An index written before Fleetcast has its times in milliseconds for Elasticsearch, and exactly
 * only in the documents. So a millisecond is never cut: where an answer ends within one, all of
 * that millisecond is fetched, and the documents' own times decide what comes before what.
 */
final class StoredRows {
  /** As many of one millisecond are found; Elasticsearch gives no more at once. */
  static final int MAX_IN_A_MILLISECOND = 10_000;

  private static final int SLICE = 1_001;
  private static final long MILLISECOND = 1_000;

  private final SearchIndex index;

  StoredRows(SearchIndex index) {
    this.index = index;
  }

  /** What is searched: whose lines, which of them, and from which end. */
  private record Search(String entityId, @Nullable Glob query, SortOrder order) {}

  /** At least that many rows of the range, nearest to its beginning (or end), if there are. */
  List<Row> rows(String entityId, Range range, @Nullable Glob query, int wanted)
      throws SearchIndex.Refused {
    SortOrder order = range.backward() ? SortOrder.Desc : SortOrder.Asc;
    Search search = new Search(entityId, query, order);
    List<Row> rows = new ArrayList<>();
    long from = range.first();
    long to = range.last();
    while (from <= to) {
      List<Hit<ObjectNode>> hits = hits(search, from, to, SLICE);
      if (hits.size() < SLICE) {
        hits.forEach(hit -> add(rows, hit, range));
        return rows;
      }
      long edge = millisecond(hits.get(SLICE - 1));
      hits.stream().filter(h -> millisecond(h) != edge).forEach(h -> add(rows, h, range));
      hits(search, edge, edge + MILLISECOND - 1, MAX_IN_A_MILLISECOND)
          .forEach(hit -> add(rows, hit, range));
      if (rows.size() >= wanted) {
        return rows;
      }
      from = range.backward() ? from : edge + MILLISECOND;
      to = range.backward() ? edge - 1 : to;
    }
    return rows;
  }

  private static void add(List<Row> rows, Hit<ObjectNode> hit, Range range) {
    ObjectNode source = Objects.requireNonNull(hit.source(), "every stored line has its source");
    Row row = Row.of(String.valueOf(hit.id()), source, sortedAt(hit));
    if (range.holds(row)) {
      rows.add(row);
    }
  }

  /** The millisecond of a hit, in microseconds, as Elasticsearch sorts it. */
  private static long millisecond(Hit<ObjectNode> hit) {
    return Math.floorDiv(sortedAt(hit), MILLISECOND) * MILLISECOND;
  }

  private static long sortedAt(Hit<ObjectNode> hit) {
    return Long.parseLong(hit.sort().get(0)._toJsonString()) / 1_000;
  }

  private List<Hit<ObjectNode>> hits(Search search, long from, long to, int size)
      throws SearchIndex.Refused {
    SearchRequest.Builder request =
        new SearchRequest.Builder()
            .size(size)
            .trackTotalHits(t -> t.enabled(false))
            .source(s -> s.filter(f -> f.includes("@timestamp", "message", "level")))
            .query(q -> q.bool(filters(search, from, to)))
            .sort(
                s ->
                    s.field(
                        f ->
                            f.field("@timestamp")
                                .order(search.order)
                                .unmappedType(FieldType.DateNanos)
                                .numericType(FieldSortNumericType.DateNanos)));
    return index.search(request).hits().hits();
  }

  private static BoolQuery filters(Search search, long from, long to) {
    JsonData first = JsonData.of(LogTime.text(from));
    JsonData last = JsonData.of(LogTime.text(to));
    BoolQuery.Builder all = new BoolQuery.Builder();
    all.filter(f -> f.term(t -> t.field("entity_id.keyword").value(search.entityId)));
    all.filter(f -> f.range(r -> r.untyped(u -> u.field("@timestamp").gte(first).lte(last))));
    Glob query = search.query;
    if (query != null) {
      all.filter(
          f ->
              f.wildcard(
                  w -> w.field("message.keyword").value(query.pattern()).caseInsensitive(true)));
    }
    return all.build();
  }
}
