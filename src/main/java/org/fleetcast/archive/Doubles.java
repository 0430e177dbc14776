package org.fleetcast.archive;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fleetcast.archive.SearchIndex.Refused;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LineJson;

/**
 * Lines that are in more than one index, since a data stream rolled over between two requests for
 * them. Of each the oldest stays: whoever else looks, at whatever time, leaves that one too.
 */
public final class Doubles {
  private static final Logger LOG = System.getLogger(Doubles.class.getName());

  /** Each may have several copies, and Elasticsearch tells 10,000 at most. */
  private static final int AT_ONCE = 1_000;

  private static final int MOST = 10_000;

  private final SearchIndex index;

  public Doubles(SearchIndex index) {
    this.index = index;
  }

  /** Where a document is. */
  record Place(String index, String id) {}

  /**
   * Removes all but the oldest of what has one of these ids and is searchable.
   *
   * @throws Refused when Elasticsearch does not let it be found out, or removed: some may be left
   */
  public void remove(List<String> ids) throws Refused {
    if (index.names().stream().isEmpty()) {
      return; // each has one index, by its time
    }
    List<Place> surplus = new ArrayList<>();
    for (int from = 0; from < ids.size(); from += AT_ONCE) {
      surplus.addAll(surplus(ids.subList(from, Math.min(ids.size(), from + AT_ONCE))));
    }
    if (surplus.isEmpty()) {
      return;
    }
    for (BulkOutcome removed : index.remove(surplus)) {
      if (!removed.stored() && removed.status() != 404) { // somebody else was quicker
        throw new Refused(
            removed.status(),
            removed.errorType(),
            removed.reason(),
            new IllegalStateException("A line that is there twice could not be removed"));
      }
    }
    LOG.log(Level.INFO, "Removed what a rollover had doubled lines=" + surplus.size());
  }

  private List<Place> surplus(List<String> ids) throws Refused {
    Map<String, List<String>> indices = new HashMap<>();
    for (JsonNode hit : hits(ids)) {
      String id = hit.path("_id").asText();
      indices.computeIfAbsent(id, none -> new ArrayList<>()).add(hit.path("_index").asText());
    }
    indices.values().removeIf(places -> places.size() < 2);
    List<Place> surplus = new ArrayList<>();
    if (!indices.isEmpty()) {
      Comparator<String> age = age();
      indices.forEach(
          (id, places) ->
              places.stream().sorted(age).skip(1).forEach(one -> surplus.add(new Place(one, id))));
    }
    return surplus;
  }

  /** Also among daily indices, from which the stream may have taken over, and dead letters. */
  private JsonNode hits(List<String> ids) throws Refused {
    String path =
        "/%s,%s,%s/_search?ignore_unavailable=true&allow_no_indices=true&allow_partial_search_results=false"
            .formatted(
                index.names().all(JournalLine.Kind.LINE),
                index.names().written(JournalLine.Kind.LINE),
                index.names().all(JournalLine.Kind.DEAD_LETTER));
    String query =
        LineJson.MAPPER
            .createObjectNode()
            .put("size", MOST)
            .put("_source", false)
            .set("query", LineJson.MAPPER.valueToTree(Map.of("ids", Map.of("values", ids))))
            .toString();
    return index.ask("POST", path, query).path("hits").path("hits");
  }

  /** Daily indices, then those of the stream in their order, then dead letters. */
  private Comparator<String> age() throws Refused {
    Map<String, Integer> order = new HashMap<>();
    JsonNode found = index.ask("GET", "/_resolve/index/" + stream(), null);
    for (JsonNode part : found.at("/data_streams/0/backing_indices")) {
      order.put(part.asText(), order.size() + 1);
    }
    String letters = index.names().prefix(JournalLine.Kind.DEAD_LETTER);
    String lines = index.names().prefix(JournalLine.Kind.LINE);
    return Comparator.<String>comparingInt(
            name -> {
              if (name.startsWith(letters)) {
                return Integer.MAX_VALUE;
              }
              return order.getOrDefault(name, name.startsWith(lines) ? 0 : Integer.MAX_VALUE - 1);
            })
        .thenComparing(Comparator.naturalOrder());
  }

  private String stream() {
    return index.names().stream().orElseThrow();
  }
}
