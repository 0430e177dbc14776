package org.fleetcast.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fleetcast.archive.DeadLetter;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LogTime;
import org.jspecify.annotations.Nullable;

/** The dead letters: Elasticsearch joined with what the journal still holds, by id. */
@Singleton
class DeadLetters {
  static final int PAGE = 100;

  private static final long MILLISECOND = 1_000;

  private final JournalKeeper keeper;
  private final SearchIndex index;

  @Inject
  public DeadLetters(JournalKeeper keeper, SearchIndex index) {
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
  Page page(@Nullable String entityId, HistoryRange range, Lookup reading) {
    if (!index.configured()) {
      throw History.notConfigured();
    }
    // The journal first: what leaves it meanwhile can be found by the search that follows.
    Map<String, DeadLetter> letters = new HashMap<>();
    journal(entityId, range, reading).forEach(letter -> letters.put(letter.id(), letter));
    try {
      search(entityId, range, PAGE + 1, reading)
          .forEach(letter -> letters.put(letter.id(), letter));
    } catch (SearchIndex.Refused refused) {
      throw History.problem(refused);
    }
    List<DeadLetter> newest =
        letters.values().stream().sorted(DeadLetter.NEWEST_FIRST).limit(PAGE).toList();
    return new Page(newest, letters.size() > PAGE);
  }

  private List<DeadLetter> journal(@Nullable String entityId, HistoryRange range, Lookup reading) {
    return keeper
        .journal()
        .find(
            range.first(),
            range.last(),
            true,
            PAGE + 1,
            entry -> {
              reading.check();
              return entry.kind() == JournalLine.Kind.DEAD_LETTER
                  && wanted(DeadLetter.of(entry), entityId, range);
            })
        .stream()
        .map(DeadLetter::of)
        .toList();
  }

  private static boolean wanted(DeadLetter letter, @Nullable String entityId, HistoryRange range) {
    return (entityId == null || entityId.equals(letter.entityId()))
        && range.holds(letter.at(), letter.id());
  }

  /** Takes those out of the journal, which are none any more. */
  void forget(List<DeadLetter> replayed) {
    List<Long> held = replayed.stream().filter(this::isHeld).map(DeadLetter::at).toList();
    if (!held.isEmpty()) {
      keeper.journal().remove(held);
    }
  }

  private boolean isHeld(DeadLetter letter) {
    return !keeper
        .journal()
        .find(letter.at(), letter.at(), false, 1, entry -> entry.id().equals(letter.id()))
        .isEmpty();
  }

  /**
   * Those of a range that is left which a search finds, from the end that it is read from.
   *
   * <p>In an index with a mapping of somebody else's their ids cannot be sorted by, and their times
   * only by the millisecond. So a millisecond is never cut, and the letters themselves say what
   * comes before what.
   *
   * @param entityId whose; null for all
   */
  List<DeadLetter> search(@Nullable String entityId, HistoryRange range, int size, Lookup reading)
      throws SearchIndex.Refused {
    Map<String, DeadLetter> found = new HashMap<>();
    long from = range.first();
    long to = range.last();
    while (from <= to && found.size() < size) {
      JsonNode hits = hits(request(entityId, from, to, range.backward(), size), reading);
      take(hits, entityId, range, found);
      if (hits.size() < size) {
        break;
      }
      long at = hits.get(size - 1).path("sort").path(0).asLong() / 1_000;
      long edge = Math.floorDiv(at, MILLISECOND) * MILLISECOND;
      long end = edge + MILLISECOND - 1;
      int all = StoredLines.MAX_IN_A_MILLISECOND;
      take(
          hits(request(entityId, edge, end, range.backward(), all), reading),
          entityId,
          range,
          found);
      from = range.backward() ? from : end + 1;
      to = range.backward() ? edge - 1 : to;
    }
    Comparator<DeadLetter> order =
        range.backward() ? DeadLetter.NEWEST_FIRST : DeadLetter.NEWEST_FIRST.reversed();
    return found.values().stream().sorted(order).limit(size).toList();
  }

  private static void take(
      JsonNode hits, @Nullable String entityId, HistoryRange range, Map<String, DeadLetter> found) {
    for (JsonNode hit : hits) {
      String id = hit.path("_id").asText();
      DeadLetter letter = DeadLetter.of(id, hit.path("_index").asText(), hit.path("_source"));
      if (wanted(letter, entityId, range)) {
        found.put(id, letter);
      }
    }
  }

  private JsonNode hits(String request, Lookup reading) throws SearchIndex.Refused {
    String path =
        "/"
            + index.names().all(JournalLine.Kind.DEAD_LETTER)
            + "/_search?ignore_unavailable=true&allow_no_indices=true";
    return index.search(path, request, reading).path("hits").path("hits");
  }

  private static String request(
      @Nullable String entityId, long from, long to, boolean backward, int size) {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    request.put("size", size).put("track_total_hits", false);
    ObjectNode query = request.putObject("query").putObject("bool");
    query
        .putObject("filter")
        .putObject("range")
        .putObject("@timestamp")
        .put("gte", LogTime.text(from))
        .put("lte", LogTime.text(to));
    if (entityId != null) {
      ArrayNode either = query.put("minimum_should_match", 1).putArray("should");
      for (String field : List.of("entity_id", "entity_id.keyword")) {
        either.addObject().putObject("term").put(field, entityId);
      }
    }
    request
        .putArray("sort")
        .addObject()
        .putObject("@timestamp")
        .put("order", backward ? "desc" : "asc")
        .put("unmapped_type", "date_nanos")
        .put("numeric_type", "date_nanos");
    return request.toString();
  }
}
