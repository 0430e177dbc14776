package org.fleetcast.logs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** The dead letters: Elasticsearch joined with what the journal still holds, by id. */
@Singleton
public class DeadLetters {
  static final int PAGE = 100;

  private static final String ALL = "/" + Entry.Kind.DEAD_LETTER.prefix() + "*";

  private final LogKeeper keeper;
  private final SearchIndex index;

  @Inject
  public DeadLetters(LogKeeper keeper, SearchIndex index) {
    this.keeper = keeper;
    this.index = index;
  }

  /**
   * One page, newest first.
   *
   * @param more whether there was at least one beyond it
   */
  record Page(List<DeadLetter> letters, boolean more) {}

  /**
   * The newest of a range that is left.
   *
   * @param entityId whose; null for all
   * @throws Problem 503 when Elasticsearch is not there, 502 when it answers an error
   */
  Page page(@Nullable String entityId, Range range) {
    if (!index.configured()) {
      throw History.notConfigured();
    }
    // The journal first: what leaves it meanwhile can be found by the search that follows.
    Map<String, DeadLetter> letters = new HashMap<>();
    journal(entityId, range).forEach(letter -> letters.put(letter.id(), letter));
    try {
      search(entityId, range, PAGE + 1).forEach(letter -> letters.put(letter.id(), letter));
    } catch (SearchIndex.Refused refused) {
      throw History.problem(refused);
    }
    List<DeadLetter> newest =
        letters.values().stream().sorted(DeadLetter.NEWEST_FIRST).limit(PAGE).toList();
    return new Page(newest, letters.size() > PAGE);
  }

  private List<DeadLetter> journal(@Nullable String entityId, Range range) {
    Range.Place past = range.past();
    Predicate<DeadLetter> wanted =
        letter ->
            (entityId == null || entityId.equals(letter.entityId()))
                && (past == null
                    || letter.at() < past.at()
                    || (letter.at() == past.at() && letter.id().compareTo(past.id()) < 0));
    return keeper
        .journal()
        .find(
            range.first(),
            range.last(),
            true,
            PAGE + 1,
            entry -> entry.kind() == Entry.Kind.DEAD_LETTER && wanted.test(DeadLetter.of(entry)))
        .stream()
        .map(DeadLetter::of)
        .toList();
  }

  /**
   * Those of a range that is left which a search finds, from the end that it is read from.
   *
   * @param entityId whose; null for all
   */
  List<DeadLetter> search(@Nullable String entityId, Range range, int size)
      throws SearchIndex.Refused {
    String order = range.backward() ? "desc" : "asc";
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    request.put("size", size).put("track_total_hits", false);
    ArrayNode filters = request.putObject("query").putObject("bool").putArray("filter");
    filters
        .addObject()
        .putObject("range")
        .putObject("@timestamp")
        .put("gte", LogTime.text(range.first()))
        .put("lte", LogTime.text(range.last()));
    if (entityId != null) {
      filters.addObject().putObject("term").put("entity_id", entityId);
    }
    ArrayNode sort = request.putArray("sort");
    sort.addObject()
        .putObject("@timestamp")
        .put("order", order)
        .put("unmapped_type", "date_nanos")
        .put("numeric_type", "date_nanos");
    sort.addObject().putObject("id").put("order", order).put("unmapped_type", "keyword");
    Range.Place past = range.past();
    if (past != null) {
      request.putArray("search_after").add(past.at() * 1_000).add(past.id());
    }
    JsonNode answer =
        index.ask(
            "POST",
            ALL + "/_search?ignore_unavailable=true&allow_no_indices=true",
            request.toString());
    List<DeadLetter> letters = new ArrayList<>();
    for (JsonNode hit : answer.path("hits").path("hits")) {
      String id = hit.path("_id").asText();
      letters.add(DeadLetter.of(id, hit.path("_index").asText(), hit.path("_source")));
    }
    return letters;
  }
}
