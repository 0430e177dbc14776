package org.fleetcast.canary;

import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.search.Hit;
import co.elastic.clients.json.JsonData;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.sink.LogTime;

/** Looks for lines by their whole message, as anybody may who searches. */
final class SearchedLines {
  /** More are not looked for at a time. */
  static final int MOST = 1_000;

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Older than that is no line that is looked for. */
  private static final Duration RANGE = Duration.ofHours(2);

  private final SearchIndex index;

  SearchedLines(SearchIndex index) {
    this.index = index;
  }

  /** Called with each line that was found. */
  interface Found {
    void line(String message, String id);
  }

  /**
   * Tells of each line that is found.
   *
   * @throws SearchIndex.Refused when Elasticsearch does not answer in time
   */
  void search(List<String> messages, Found found) throws SearchIndex.Refused {
    List<FieldValue> values = messages.stream().limit(MOST).map(FieldValue::of).toList();
    JsonData since = JsonData.of(LogTime.text(LogTime.micros(Instant.now().minus(RANGE))));
    SearchRequest.Builder request =
        new SearchRequest.Builder()
            .query(
                q ->
                    q.bool(
                        b ->
                            b.filter(
                                    f ->
                                        f.terms(
                                            t ->
                                                t.field("message.keyword")
                                                    .terms(v -> v.value(values))))
                                .filter(
                                    f ->
                                        f.range(
                                            r ->
                                                r.untyped(u -> u.field("@timestamp").gte(since))))))
            .source(s -> s.filter(f -> f.includes("message")))
            .size(2 * MOST)
            .trackTotalHits(t -> t.enabled(false));
    List<Hit<ObjectNode>> hits =
        index.search(request, Lookup.within(PATIENCE), PATIENCE, SearchIndex.LARGE).hits().hits();
    for (Hit<ObjectNode> hit : hits) {
      ObjectNode source = hit.source();
      String id = hit.id();
      if (source != null && id != null) {
        found.line(source.path("message").asText(), id);
      }
    }
  }
}
