package org.fleetcast.history;

import co.elastic.clients.elasticsearch._types.FieldSortNumericType;
import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.aggregations.Aggregate;
import co.elastic.clients.elasticsearch._types.aggregations.Aggregation;
import co.elastic.clients.elasticsearch._types.aggregations.DateHistogramBucket;
import co.elastic.clients.elasticsearch._types.aggregations.FiltersBucket;
import co.elastic.clients.elasticsearch._types.mapping.FieldType;
import co.elastic.clients.elasticsearch._types.query_dsl.BoolQuery;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch._types.query_dsl.ZeroTermsQuery;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.json.JsonData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ObjLongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.fleetcast.archive.StoredDocument;
import org.fleetcast.live.FieldFilter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.sink.LogTime;

/**
 * What Elasticsearch is asked for: whose lines, which of them, and from which end. It finds all
 * that pass, and may find more: its rules of case and of levels are not ours, it does not know the
 * messages that are too long for it, and it takes only so many entities at once.
 */
public record LineSearch(Entities whose, LineQuery wanted, boolean backward) {
  /** Under our own template, and as Elasticsearch maps a text of which nobody says anything. */
  private static final String ENTITY = "entity_id.keyword";

  /** The same under a foreign template that has only this one. */
  private static final String ONLY_ENTITY = "entity_id";

  /** As many values one query may name, by default. */
  private static final int MAX_TERMS = 65_536;

  /** So many are named twice in a query. */
  private static final int FEW = 1_000;

  private static final Pattern FRACTION = Pattern.compile("(-?[0-9]{1,18})\\.[0-9]+");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9@][A-Za-z0-9@_.-]*");

  private static final String MESSAGE = "message.keyword";

  /** The request for a range of time, both ends included, in microseconds since 1970. */
  public SearchRequest.Builder request(long from, long to, int size) {
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
    return wanted.whole() || !wanted.filter().fields().equals(FieldFilter.NONE)
        ? request
        : request.source(
            s ->
                s.filter(
                    f ->
                        f.includes(
                            "@timestamp",
                            "entity_id",
                            "message",
                            "level",
                            "tag",
                            "sgr",
                            StoredDocument.OTHER_FIELDS)));
  }

  /** What the lines of that range have to satisfy. */
  Query query(long from, long to) {
    return Query.of(q -> q.bool(filters(from, to)));
  }

  private BoolQuery filters(long from, long to) {
    JsonData first = JsonData.of(LogTime.text(from));
    JsonData last = JsonData.of(LogTime.text(to));
    BoolQuery.Builder all = new BoolQuery.Builder();
    all.filter(linesOf(whose.ids()));
    all.filter(f -> f.range(r -> r.untyped(u -> u.field("@timestamp").gte(first).lte(last))));
    Glob query = wanted.query();
    if (query != null) {
      all.filter(message(query));
    }
    String contains = wanted.filter().contains();
    if (contains != null) {
      all.filter(message(Glob.containing(contains)));
    }
    LogLevel level = wanted.filter().level();
    if (level != null) {
      byLevel(all, level);
    }
    List<String> tags = wanted.terms().tags();
    if (!tags.isEmpty()) {
      all.filter(tagged(tags));
    }
    wanted.filter().fields().only().stream()
        .collect(Collectors.groupingBy(FieldFilter.Field::name))
        .forEach((name, fields) -> byField(all, name, fields));
    return all.build();
  }

  /**
   * Also those of which it has no such field: under our own mapping it knows but a few, and what it
   * could not take stands elsewhere.
   */
  private static void byField(BoolQuery.Builder all, String name, List<FieldFilter.Field> fields) {
    if (!PLAIN.matcher(name).matches()) {
      return; // it would take the name for a pattern, or for something of its own
    }
    List<Query> some = new ArrayList<>();
    some.add(without(name));
    for (FieldFilter.Field field : fields) {
      some.add(holding(name, field.value()));
      Matcher number = FRACTION.matcher(field.value());
      if (number.matches()) {
        some.add(holding(name, number.group(1))); // as an index of whole numbers has it
      }
    }
    all.filter(any(some));
  }

  /** A field of whatever type; one that cannot hold the value does not. */
  private static Query holding(String name, String value) {
    return Query.of(
        q ->
            q.match(
                m -> m.field(name).query(value).lenient(true).zeroTermsQuery(ZeroTermsQuery.All)));
  }

  /** One query however many they are; of more than it may name, the lines of whomever. */
  public static Query linesOf(Set<String> ids) {
    List<Query> only = List.of(naming(ONLY_ENTITY, ids, FEW), withoutEntity());
    return any(naming(ENTITY, ids, MAX_TERMS), Query.of(q -> q.bool(b -> b.filter(only))));
  }

  private static Query naming(String field, Set<String> ids, int most) {
    if (ids.size() > most) {
      return Query.of(q -> q.exists(e -> e.field(field)));
    }
    List<FieldValue> values = ids.stream().map(FieldValue::of).toList();
    return Query.of(q -> q.terms(t -> t.field(field).terms(v -> v.value(values))));
  }

  /** Lines of which {@code entity_id.keyword} says nothing. */
  public static Query withoutEntity() {
    return without(ENTITY);
  }

  /** Also those that say it in the message's prefix only. */
  private static Query tagged(List<String> tags) {
    String tag = "tag";
    String keyword = "tag.keyword";
    List<FieldValue> values = tags.stream().map(FieldValue::of).toList();
    List<Query> unsaid = List.of(without(tag), without(keyword));
    return any(
        Query.of(q -> q.terms(t -> t.field(tag).terms(v -> v.value(values)))),
        Query.of(q -> q.terms(t -> t.field(keyword).terms(v -> v.value(values)))),
        Query.of(q -> q.bool(b -> b.filter(unsaid))));
  }

  /** Also those whose message it does not have as a keyword, since it is too long for that. */
  private static Query message(Glob glob) {
    return any(message(LuceneRegexp.of(glob)), without(MESSAGE));
  }

  private static Query message(String regexp) {
    return Query.of(
        q -> q.regexp(r -> r.field(MESSAGE).value(regexp).flags("NONE").caseInsensitive(true)));
  }

  /** A line without a level, or with one that we do not know, counts as I. */
  private static void byLevel(BoolQuery.Builder all, LogLevel level) {
    switch (level) {
      case E -> all.filter(any(levels(LogLevel.E), onlyInMessage("E")));
      case W -> all.filter(any(levels(LogLevel.E), levels(LogLevel.W), onlyInMessage("EW")));
      case I -> all.mustNot(levels(LogLevel.D), levels(LogLevel.V));
      case D -> all.mustNot(levels(LogLevel.V));
      case V -> {} // which lets everything pass
    }
  }

  /**
   * Lines without a level that we know, as in indices written before Fleetcast: their firmware may
   * say it in its prefix.
   */
  private static Query onlyInMessage(String letters) {
    Query prefix = message("[\u0000- ]*([" + letters + "][ /].*|\\[.*|<.*)");
    List<Query> known = Arrays.stream(LogLevel.values()).map(LineSearch::levels).toList();
    return Query.of(q -> q.bool(b -> b.filter(any(prefix, without(MESSAGE))).mustNot(known)));
  }

  /**
   * The lines that were sent with a level, however it was spelled. In an index written before
   * Fleetcast the level may be a text with a keyword below it, or a number.
   */
  public static Query levels(LogLevel level) {
    String keyword = "level.keyword";
    return any(
        Query.of(q -> q.term(t -> t.field("severity_letter").value(level.name()))),
        spelled(keyword, level),
        Query.of(q -> q.bool(b -> b.filter(spelled("level", level), without(keyword)))));
  }

  /** How many lines there are of each of these levels; all others count as I. */
  private static Aggregation byLevel() {
    Map<String, Query> levels = new LinkedHashMap<>();
    for (LogLevel level : List.of(LogLevel.E, LogLevel.W, LogLevel.D, LogLevel.V)) {
      levels.put(level.name(), levels(level));
    }
    return Aggregation.of(a -> a.filters(f -> f.filters(s -> s.keyed(levels))));
  }

  /** Tells how many lines of each level {@link #byLevel} found in a part of a range. */
  public static void eachLevel(DateHistogramBucket part, ObjLongConsumer<LogLevel> told) {
    Aggregate levels = part.aggregations().get("levels");
    long rest = part.docCount();
    if (levels != null) {
      for (Map.Entry<String, FiltersBucket> level : levels.filters().buckets().keyed().entrySet()) {
        long lines = level.getValue().docCount();
        told.accept(LogLevel.counted(level.getKey()), lines);
        rest -= lines;
      }
    }
    told.accept(LogLevel.I, rest);
  }

  /**
   * The lines of a range in parts of that width, each of them {@linkplain #byLevel by level}.
   *
   * @param width as Elasticsearch writes it, such as {@code 60s}
   */
  public static Aggregation parts(String width) {
    return Aggregation.of(
        a ->
            a.dateHistogram(
                    h -> h.field("@timestamp").fixedInterval(i -> i.time(width)).minDocCount(1))
                .aggregations("levels", byLevel()));
  }

  /** A field that holds one of the spellings; one of a type that can not hold it does not. */
  private static Query spelled(String field, LogLevel level) {
    List<String> spellings = level.spellings();
    String inAnyCase =
        spellings.stream().map(LineSearch::inAnyCase).collect(Collectors.joining("|", "/", "/"));
    String numbers =
        spellings.stream()
            .filter(spelling -> Character.isDigit(spelling.charAt(0)))
            .map(digit -> " OR " + digit) // without OR it is one text of several words, no number
            .collect(Collectors.joining());
    return Query.of(
        q -> q.queryString(s -> s.fields(field).query(inAnyCase + numbers).lenient(true)));
  }

  private static String inAnyCase(String spelling) {
    return spelling
        .chars()
        .mapToObj(
            c ->
                Character.isLetter(c)
                    ? "[" + (char) c + (char) Character.toUpperCase(c) + "]"
                    : Character.toString(c))
        .collect(Collectors.joining());
  }

  private static Query any(Query... queries) {
    return any(List.of(queries));
  }

  private static Query any(List<Query> queries) {
    return Query.of(q -> q.bool(b -> b.should(queries).minimumShouldMatch("1")));
  }

  private static Query without(String field) {
    return Query.of(q -> q.bool(b -> b.mustNot(n -> n.exists(e -> e.field(field)))));
  }
}
