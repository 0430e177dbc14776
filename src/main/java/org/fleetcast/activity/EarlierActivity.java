package org.fleetcast.activity;

import co.elastic.clients.elasticsearch._types.aggregations.Aggregate;
import co.elastic.clients.elasticsearch._types.aggregations.Aggregation;
import co.elastic.clients.elasticsearch._types.aggregations.DateHistogramBucket;
import co.elastic.clients.elasticsearch._types.aggregations.MultiBucketBase;
import co.elastic.clients.elasticsearch._types.aggregations.StringTermsBucket;
import co.elastic.clients.elasticsearch._types.query_dsl.BoolQuery;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.search.Hit;
import co.elastic.clients.elasticsearch.core.search.ResponseBody;
import co.elastic.clients.json.JsonData;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fleetcast.activity.HourCounts.Earlier;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.history.Entities;
import org.fleetcast.history.HeldLines;
import org.fleetcast.history.HistoryRange;
import org.fleetcast.history.LineQuery;
import org.fleetcast.history.LineSearch;
import org.fleetcast.history.StoredLines;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;

/**
 * Reads what entities logged before they were heard of here: Elasticsearch joined with what the
 * journal still holds, each line once.
 */
final class EarlierActivity {
  /** So that an answer has far less than the 65,536 buckets that Elasticsearch allows. */
  static final int ENTITIES_AT_ONCE = 100;

  private static final Duration HOUR = Duration.ofHours(1);
  private static final LineQuery ERRORS = new LineQuery(new LineFilter(LogLevel.E, null), false);

  private final JournalKeeper keeper;
  private final SearchIndex index;

  EarlierActivity(JournalKeeper keeper, SearchIndex index) {
    this.keeper = keeper;
    this.index = index;
  }

  /** Receives what an entity logged earlier. */
  interface Told {
    void told(String entityId, long before, Earlier earlier);
  }

  /** What the journal holds of them, and, later, what all is known of each entity. */
  private record Held(HeldLines lines, Map<String, Earlier> byEntity) {
    Earlier of(String entityId) {
      return byEntity.computeIfAbsent(entityId, id -> new Earlier());
    }
  }

  /**
   * Reads the counts and the last error of the last hour and the last line of each entity, before
   * the time given for it, in microseconds since 1970.
   *
   * @param now the time of day, which the last hour ends with
   * @throws SearchIndex.Refused when Elasticsearch does not answer in time; who was told before
   *     that was told rightly
   */
  void read(Map<String, Long> before, Instant now, Lookup reading, Told told)
      throws SearchIndex.Refused {
    Held held =
        HeldLines.read(keeper.journal(), lines -> scan(before, lines, hourBefore(now), reading));
    List<String> entityIds = List.copyOf(before.keySet());
    for (int from = 0; from < entityIds.size(); from += ENTITIES_AT_ONCE) {
      int to = Math.min(entityIds.size(), from + ENTITIES_AT_ONCE);
      Map<String, Long> some = new LinkedHashMap<>();
      entityIds.subList(from, to).forEach(id -> some.put(id, before.get(id)));
      read(some, held, now, reading);
      some.forEach((id, time) -> told.told(id, time, held.of(id)));
    }
  }

  private Held scan(Map<String, Long> before, HeldLines lines, long from, Lookup reading) {
    Held held = new Held(lines, new HashMap<>());
    long last = before.values().stream().mapToLong(Long::longValue).max().orElse(0) - 1;
    keeper
        .journal()
        .find(
            HistoryRange.EVER,
            last,
            false,
            1,
            entry -> {
              reading.check();
              String id = entry.kind() == JournalLine.Kind.LINE ? entry.entityId() : null;
              Long end = id == null ? null : before.get(id);
              if (id != null && end != null && entry.at() < end) {
                take(held, id, entry, from);
              }
              return false;
            });
    return held;
  }

  private static void take(Held held, String entityId, JournalLine entry, long from) {
    StoredLine row = StoredLine.of(entry);
    Earlier earlier = held.of(entityId);
    earlier.last(row);
    if (entry.at() >= from) {
      earlier.count(entry.at(), HourCounts.level(row.level()), 1);
    }
    held.lines.found(entry);
  }

  private void read(Map<String, Long> before, Held held, Instant now, Lookup reading)
      throws SearchIndex.Refused {
    List<SearchRequest> requests = new ArrayList<>();
    long from = hourBefore(now);
    requests.add(counts(before, held, from));
    before.forEach(
        (id, time) -> {
          requests.add(lastLine(id, LineQuery.ALL, HistoryRange.EVER, time));
          requests.add(lastLine(id, ERRORS, from, Math.max(from + 1, time)));
        });
    List<? extends ResponseBody<ObjectNode>> answers = index.searchAll(requests, reading);
    count(answers.get(0).aggregations(), held);
    int place = 1;
    for (String id : before.keySet()) {
      take(id, held, answers.get(place));
      take(id, held, answers.get(place + 1));
      place += 2;
    }
  }

  private static void take(String id, Held held, ResponseBody<ObjectNode> answer) {
    for (Hit<ObjectNode> hit : answer.hits().hits()) {
      StoredLine row = StoredLines.row(hit, false);
      if (Entities.one(id).owner(row.entityId()) != null) {
        held.of(id).last(row);
      }
    }
  }

  private static SearchRequest lastLine(String entityId, LineQuery wanted, long from, long before) {
    return new LineSearch(Entities.one(entityId), wanted, true)
        .request(from, before - 1, 1)
        .build();
  }

  private static SearchRequest counts(Map<String, Long> before, Held held, long from) {
    BoolQuery.Builder any = new BoolQuery.Builder().minimumShouldMatch("1");
    before.forEach(
        (id, time) -> any.should(linesOf(id, from, Math.min(time, held.lines.complete()))));
    return held.lines
        .others(Query.of(q -> q.bool(any.build())))
        .aggregations("entities", perEntity(before.size()))
        .aggregations("others", perOtherEntity(before.keySet()))
        .build();
  }

  private static Query linesOf(String entityId, long from, long before) {
    JsonData first = JsonData.of(LogTime.text(from));
    JsonData end = JsonData.of(LogTime.text(Math.max(from, before)));
    return Query.of(
        q ->
            q.bool(
                b ->
                    b.filter(LineSearch.linesOf(Set.of(entityId)))
                        .filter(
                            f ->
                                f.range(
                                    r ->
                                        r.untyped(
                                            u -> u.field("@timestamp").gte(first).lt(end))))));
  }

  private static Aggregation perEntity(int entities) {
    return Aggregation.of(
        a ->
            a.terms(t -> t.field("entity_id.keyword").size(entities))
                .aggregations("minutes", LineSearch.parts("1m")));
  }

  /** The same of lines that have no such field, one by one: there are hardly ever any. */
  private static Aggregation perOtherEntity(Set<String> entityIds) {
    Map<String, Query> each = new LinkedHashMap<>();
    entityIds.forEach(id -> each.put(id, LineSearch.linesOf(Set.of(id))));
    return Aggregation.of(
        a ->
            a.filter(LineSearch.withoutEntity())
                .aggregations(
                    "entities",
                    e ->
                        e.filters(f -> f.filters(s -> s.keyed(each)))
                            .aggregations("minutes", LineSearch.parts("1m"))));
  }

  private static void count(Map<String, Aggregate> answer, Held held) {
    Aggregate entities = answer.get("entities");
    if (entities != null && entities.isSterms()) { // else no index knows entities so
      for (StringTermsBucket entity : entities.sterms().buckets().array()) {
        count(held.of(entity.key().stringValue()), entity);
      }
    }
    Aggregate others = answer.get("others");
    Aggregate each = others == null ? null : others.filter().aggregations().get("entities");
    if (each != null) { // else there is no index yet
      each.filters().buckets().keyed().forEach((id, entity) -> count(held.of(id), entity));
    }
  }

  private static void count(Earlier earlier, MultiBucketBase entity) {
    Aggregate minutes = entity.aggregations().get("minutes");
    if (minutes != null) {
      minutes.dateHistogram().buckets().array().forEach(minute -> count(earlier, minute));
    }
  }

  private static void count(Earlier earlier, DateHistogramBucket minute) {
    long at = minute.key() * 1_000;
    LineSearch.eachLevel(minute, (level, lines) -> earlier.count(at, level.ordinal(), (int) lines));
  }

  private static long hourBefore(Instant now) {
    return HourCounts.startOfMinute(LogTime.micros(now.minus(HOUR))) + 60_000_000;
  }
}
