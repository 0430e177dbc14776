package org.fleetcast.history;

import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.sink.Journal;
import org.fleetcast.sink.JournalLine;

/**
 * What the journal holds of lines that are counted in Elasticsearch too: each is counted once.
 *
 * @param complete all lines from this time on are in the journal, in microseconds since 1970
 * @param strays ids of lines before that, which are in the journal all the same
 */
public record HeldLines(long complete, List<String> strays) {
  private static final int TRIES = 3;
  private static final int MAX_STRAYS = 10_000;

  /**
   * Reads the journal. What left it meanwhile might be missing here and there: then once more.
   *
   * @param scan is called with each try, and passes it each line that it {@linkplain #found found}
   * @throws SearchIndex.Refused when the journal does not rest
   */
  public static <T> T read(Journal journal, Function<HeldLines, T> scan)
      throws SearchIndex.Refused {
    for (int tries = 0; tries < TRIES; tries++) {
      HeldLines lines = new HeldLines(journal.completeSince(), new ArrayList<>());
      T result = scan.apply(lines);
      if (journal.completeSince() == lines.complete && lines.strays.size() <= MAX_STRAYS) {
        return result;
      }
    }
    throw new SearchIndex.Refused(0, "journal_busy", new IllegalStateException("journal busy"));
  }

  /** A line of the journal that is counted there. */
  public void found(JournalLine line) {
    if (line.at() < complete && strays.size() <= MAX_STRAYS) {
      strays.add(line.id());
    }
  }

  /** A search that counts the others. */
  public SearchRequest.Builder others(Query lines) {
    return new SearchRequest.Builder()
        .size(0)
        .trackTotalHits(t -> t.enabled(false))
        .query(q -> q.bool(b -> b.filter(lines).mustNot(n -> n.ids(i -> i.values(strays)))));
  }
}
