package org.fleetcast.logs;

import co.elastic.clients.elasticsearch._types.FieldSortNumericType;
import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.mapping.FieldType;
import co.elastic.clients.elasticsearch._types.query_dsl.BoolQuery;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.msearch.MultisearchBody;
import co.elastic.clients.json.JsonData;
import java.util.List;
import org.fleetcast.live.Filter;
import org.jspecify.annotations.Nullable;

/**
 * What Elasticsearch is asked for: whose lines, which of them, and from which end.
 *
 * @param query what the message matches; null for any
 * @param filter what it finds may be more than what passes, and never less but for messages that
 *     are too long for a query
 * @param whole whether all of a document is wanted, or only what history answers
 */
record Search(
    String entityId, @Nullable Glob query, Filter filter, boolean backward, boolean whole) {

  /** The request for a range of time, both ends included, in microseconds since 1970. */
  SearchRequest.Builder request(long from, long to, int size) {
    SearchRequest.Builder request =
        new SearchRequest.Builder()
            .size(size)
            .trackTotalHits(t -> t.enabled(false))
            .query(q -> q.bool(filters(from, to)))
            .sort(
                s ->
                    s.field(
                        f ->
                            f.field("@timestamp")
                                .order(backward ? SortOrder.Desc : SortOrder.Asc)
                                .unmappedType(FieldType.DateNanos)
                                .numericType(FieldSortNumericType.DateNanos)));
    return whole
        ? request
        : request.source(
            s ->
                s.filter(
                    f ->
                        f.includes(
                            "@timestamp", "message", "level", "sgr", StoredDocument.OTHER_FIELDS)));
  }

  /** The same request as one of several. */
  static MultisearchBody.Builder within(MultisearchBody.Builder body, SearchRequest request) {
    return body.query(request.query())
        .size(request.size())
        .trackTotalHits(request.trackTotalHits())
        .sort(request.sort())
        .source(request.source())
        .aggregations(request.aggregations());
  }

  private BoolQuery filters(long from, long to) {
    JsonData first = JsonData.of(LogTime.text(from));
    JsonData last = JsonData.of(LogTime.text(to));
    BoolQuery.Builder all = new BoolQuery.Builder();
    all.filter(f -> f.term(t -> t.field("entity_id.keyword").value(entityId)));
    all.filter(f -> f.range(r -> r.untyped(u -> u.field("@timestamp").gte(first).lte(last))));
    if (query != null) {
      all.filter(wildcard(query.pattern()));
    }
    String contains = filter.contains();
    if (contains != null) {
      all.filter(wildcard(pattern(contains)));
    }
    String level = filter.level();
    if (level != null) {
      byLevel(all, level);
    }
    return all.build();
  }

  private static Query wildcard(String pattern) {
    return Query.of(
        q -> q.wildcard(w -> w.field("message.keyword").value(pattern).caseInsensitive(true)));
  }

  /** Elasticsearch disregards the case of ASCII letters only: any other character will do. */
  private static String pattern(String contains) {
    StringBuilder pattern = new StringBuilder("*");
    contains
        .codePoints()
        .forEach(
            c -> {
              if (c == '*' || c == '?' || c == '\\') {
                pattern.append('\\');
              }
              pattern.append(c < 0x80 ? (char) c : '?');
            });
    return pattern.append('*').toString();
  }

  /** A line without a level, or with one that we do not know, counts as I. */
  private static void byLevel(BoolQuery.Builder all, String level) {
    if (level.equals("E") || level.equals("W")) {
      all.filter(f -> f.bool(b -> b.should(levels(level.equals("E") ? "E" : "EW"))));
    } else {
      all.mustNot(levels(level.equals("I") ? "DV" : "V"));
    }
  }

  /** In an index written before Fleetcast the level is a text with a keyword below it. */
  static List<Query> levels(String letters) {
    List<FieldValue> values =
        letters.chars().mapToObj(c -> FieldValue.of(String.valueOf((char) c))).toList();
    return List.of(
        Query.of(q -> q.terms(t -> t.field("level").terms(v -> v.value(values)))),
        Query.of(q -> q.terms(t -> t.field("level.keyword").terms(v -> v.value(values)))));
  }
}
